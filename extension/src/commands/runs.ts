import type { Run } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import { comparisonText } from "../builds/comparison.ts";
import { agoText } from "../cases/words.ts";
import type { Call } from "../connection/client.ts";
import { everyRow } from "../pagedList.ts";
import type { Services } from "../services.ts";
import { chooseBuilder } from "./chooseBuilder.ts";
import { withCancel } from "./progress.ts";

const { t } = vscode.l10n;
/** Lines of a comparison that somebody may still read. */
const mostResults = 5000;
const pageSize = 500;

/** Two runs beside each other: the selected ones, or those that the person picks; the earlier one is the left side. */
export async function compareRuns(
  { builders, reports }: Services,
  node: unknown,
  selected: readonly unknown[],
): Promise<void> {
  const builder = await chooseBuilder(builders, node);
  if (!builder) return;
  const runs = await chooseRuns(builder, node, selected);
  if (!runs) return;
  const [left, right] = runs;
  const { call } = builder.connection;
  const text = await withCancel(t("Comparing runs"), (signal) => compare(call, left.id, right.id, signal));
  await reports.show(`${right.target}.comparison.txt`, text);
}

async function chooseRuns(
  builder: Builder,
  node: unknown,
  selected: readonly unknown[],
): Promise<[earlier: Run, later: Run] | undefined> {
  const of = (row: unknown): Run[] =>
    typeof row === "object" &&
    row !== null &&
    "run" in row &&
    "builder" in row &&
    row.builder === builder.name
      ? [row.run as Run]
      : [];
  const chosen = selected.includes(node) ? selected.flatMap(of) : of(node);
  const runs = await everyRow(async (page) => {
    const { runs: items, nextCursor } = await builder.connection.call("runs/list", page);
    return { items, nextCursor };
  });
  while (chosen.length < 2) {
    const [one] = chosen;
    const others = runs.filter(({ id }) => id !== one?.id);
    // What is compared most is a run with another one of the same target.
    others.sort((a, b) => Number(b.target === one?.target) - Number(a.target === one?.target));
    const placeHolder = one ? t("Compare {0} with which run?", one.target) : t("Compare which run?");
    const picked = await vscode.window.showQuickPick(others.map(pickOf), {
      placeHolder,
      matchOnDescription: true,
    });
    if (!picked) return undefined;
    chosen.push(picked.run);
  }
  const [first, second, ...more] = chosen;
  if (!first || !second || more.length > 0) throw new Error(t("Select two runs to compare."));
  return first.startedAt <= second.startedAt ? [first, second] : [second, first];
}

function pickOf(run: Run): vscode.QuickPickItem & { run: Run } {
  const { target, startedAt, counts, id } = run;
  const age = agoText(Date.now() - startedAt, t);
  return {
    label: target,
    description: `${age} · ${t("{0} built, {1} failed", counts.built, counts.failed)}`,
    detail: id,
    run,
  };
}

async function compare(call: Call, left: string, right: string, signal: AbortSignal): Promise<string> {
  const first = await call("runs/compare", { left, right, limit: pageSize }, signal);
  const results = [...first.results];
  for (let cursor = first.nextCursor; cursor !== null && results.length < mostResults; ) {
    const page = await call("runs/compare", { left, right, limit: pageSize, cursor }, signal);
    results.push(...page.results);
    cursor = page.nextCursor;
  }
  return comparisonText({ ...first, results }, t);
}
