import type { ListedResult, LiveRun, Run, SkipRoot } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { Builders } from "../builders/builders.ts";
import { portName } from "../cases/words.ts";
import { viewIds } from "../contributions.ts";
import { PagedList } from "../pagedList.ts";
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

/** Runs of the builders, as they go and as they were. */
export class BuildsView implements vscode.Disposable {
  readonly #tree: RowTree;
  readonly #listening: { dispose(): void };
  /** By builder, and by builder, run and kind: those that somebody has looked at. */
  readonly #runs = new Map<string, PagedList<Run>>();
  readonly #results = new Map<string, PagedList<ListedResult>>();
  /** Builders of whose runs something was said since they were read. */
  readonly #stale = new Set<string>();

  constructor(builders: Builders, onError: (error: unknown) => void) {
    this.#tree = new RowTree({
      ...{ id: viewIds.builds, builders, capability: null, pollMs, onError },
      rowsOf: (builder) => this.#rowsOf(builder),
    });
    this.#listening = builders.onEvents(({ builder, events }) => {
      if (events.some(({ type }) => type === "run/changed")) this.#stale.add(builder.name);
    });
  }

  dispose(): void {
    this.#listening.dispose();
    this.#tree.dispose();
  }

  async #rowsOf(builder: Builder): Promise<ViewNode[]> {
    const { name, connection } = builder;
    const runs = this.#runsOf(builder);
    if (this.#stale.delete(name)) await runs.reload();
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

  #runsOf({ name, connection }: Builder): PagedList<Run> {
    const kept = this.#runs.get(name);
    if (kept) return kept;
    const list = new PagedList<Run>(async (request) => {
      const { runs, nextCursor } = await connection.call("runs/list", request);
      return { items: runs, total: null, nextCursor };
    });
    this.#runs.set(name, list);
    return list;
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

  async #resultsOf({ name, connection }: Builder, run: Run, kind: ResultKind): Promise<ViewNode[]> {
    const id = `${name}/${run.id}/${kind}`;
    const list =
      this.#results.get(id) ??
      new PagedList<ListedResult>(async (request) => {
        const { results, ...page } = await connection.call("run/results", { run: run.id, kind, ...request });
        return { items: results, ...page };
      });
    this.#results.set(id, list);
    if (run.state === "active") await list.reload();
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
