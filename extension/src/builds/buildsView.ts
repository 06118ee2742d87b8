import type { ListedResult, LiveRun, Run, SkipRoot } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { Builders } from "../builders/builders.ts";
import { portName } from "../cases/words.ts";
import { viewIds } from "../contributions.ts";
import { type FetchPage, PagedList } from "../pagedList.ts";
import { listNodes } from "../views/listNodes.ts";
import { RowTree, type ViewNode } from "../views/rowTree.ts";
import { kindRow, type ResultKind, resultKinds, resultRow, rootRow, runRow, slotRow } from "./rows.ts";

const { t } = vscode.l10n;
/** A run as its builder shows it is old in seconds. */
const pollMs = 3000;

interface RunNode extends ViewNode {
  readonly run: Run;
}

/** A failed port of a run, or one that holds up a skipped one, named as a command finds its case. */
interface ResultNode extends ViewNode {
  readonly caseId: string;
  readonly target: string;
  readonly bundleId: string | null;
}

interface BuilderLists {
  runs: PagedList<Run>;
  /** By run and kind; whole once they were read after the run's end. */
  results: Map<string, { list: PagedList<ListedResult>; isWhole: boolean }>;
  /** Something was said of runs since they were read. */
  areStale: boolean;
}

/** Runs of the builders, as they go and as they were. */
export class BuildsView implements vscode.Disposable {
  readonly #tree: RowTree;
  readonly #listening: vscode.Disposable;
  /** What somebody has looked at. */
  readonly #lists = new WeakMap<Builder, BuilderLists>();

  constructor(builders: Builders, onError: (error: unknown) => void) {
    this.#tree = new RowTree({
      ...{ id: viewIds.builds, builders, capability: null, pollMs, onError },
      rowsOf: (builder) => this.#rowsOf(builder),
    });
    const changed = (builder: Builder): void => {
      this.#listsOf(builder).areStale = true;
    };
    this.#listening = vscode.Disposable.from(
      builders.onEvents(
        ({ builder, events }) => events.some(({ type }) => type === "run/changed") && changed(builder),
      ),
      builders.onCases(({ builder, change }) => change === "all" && changed(builder)),
    );
  }

  dispose(): void {
    this.#listening.dispose();
    this.#tree.dispose();
  }

  async #rowsOf(builder: Builder): Promise<ViewNode[]> {
    const { name, connection } = builder;
    const lists = this.#listsOf(builder);
    const { runs } = lists;
    if (lists.areStale) {
      lists.areStale = false;
      await runs.reload().catch((error: unknown) => {
        lists.areStale = true;
        throw error;
      });
    }
    await runs.open();
    const isAnyActive = runs.items.some(({ state }) => state === "active");
    const { runs: live } = isAnyActive ? await connection.call("runs/live", {}) : { runs: [] };
    const now = Date.now();
    return listNodes(
      name,
      `runs/${name}`,
      runs,
      (run): RunNode => {
        const seen = live.find(({ runId }) => runId === run.id);
        return {
          ...{ builder: name, run, row: runRow(name, run, seen, now, t) },
          children: () => this.#partsOf(builder, run, seen),
        };
      },
      () => this.#tree.redraw(),
      t,
    );
  }

  #listsOf(builder: Builder): BuilderLists {
    const kept = this.#lists.get(builder);
    if (kept) return kept;
    const runs = new PagedList<Run>(async (request) => {
      const page = await builder.connection.call("runs/list", request);
      return { items: page.runs, total: null, nextCursor: page.nextCursor };
    });
    const lists = { runs, results: new Map(), areStale: false };
    this.#lists.set(builder, lists);
    return lists;
  }

  #partsOf(builder: Builder, run: Run, live: LiveRun | undefined): ViewNode[] {
    const { name } = builder;
    const counts = live?.counts ?? run.counts;
    const slots = live?.slots.map((slot) => ({ builder: name, row: slotRow(name, run.id, slot, t) })) ?? [];
    const kinds = resultKinds
      .filter((kind) => counts[kind] > 0)
      .map((kind) => ({
        builder: name,
        row: kindRow(name, run.id, kind, counts[kind], t),
        children: () => this.#resultsOf(builder, run, kind),
      }));
    return [...slots, ...kinds];
  }

  async #resultsOf(builder: Builder, run: Run, kind: ResultKind): Promise<ViewNode[]> {
    const { name, connection } = builder;
    const { results } = this.#listsOf(builder);
    const id = `${name}/${run.id}/${kind}`;
    const fetch: FetchPage<ListedResult> = async (request) => {
      const { results, ...page } = await connection.call("run/results", { run: run.id, kind, ...request });
      return { items: results, ...page };
    };
    const held = results.get(id) ?? { list: new PagedList(fetch), isWhole: false };
    results.set(id, held);
    const { list } = held;
    if (!held.isWhole) await list.reload();
    held.isWhole = run.state !== "active";
    const nodeOf = (result: ListedResult): ViewNode | ResultNode => {
      const { target, bundleId, heldUpBy = [] } = result;
      const row = resultRow(name, result, t);
      const rootOf = (root: SkipRoot): ViewNode | ResultNode => ({
        ...{ builder: name, row: rootRow(row, root, t) },
        ...(root.caseId !== null && { caseId: root.caseId, target, bundleId: null }),
      });
      return {
        ...{ builder: name, row },
        ...(kind === "failed" && { caseId: portName(result), target, bundleId }),
        ...(heldUpBy.length > 0 && { children: () => heldUpBy.map(rootOf) }),
      };
    };
    return listNodes(name, id, list, nodeOf, () => this.#tree.redraw(), t);
  }
}
