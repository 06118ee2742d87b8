import { basename, resolve } from "node:path";
import type { CaseDetail, Run, StoredEvent } from "../../server/src/protocol/index.ts";

/** What came of one case. */
export interface DemoRow {
  case: string;
  classification: string;
  phase: string;
  tier: string;
  outcome: string;
  proved: boolean;
  attempts: number;
  builds: number;
  tokens: number;
  seconds: number;
  diff: string | null;
  cause: string;
  handOver: string | null;
}

export function rowOf({ case: subject, attempts, proofs }: CaseDetail, diff: string | null): DemoRow {
  const spans = [...attempts, ...proofs].map(({ startedAt, endedAt }) => (endedAt ?? startedAt) - startedAt);
  return {
    case: subject.flavor ? `${subject.origin}@${subject.flavor}` : subject.origin,
    classification: subject.classification,
    phase: subject.phase ?? "",
    tier: subject.decision?.tier ?? "",
    outcome: subject.state === "waiting" ? "fixed, proved" : subject.state,
    proved: subject.state === "waiting",
    attempts: subject.attempts,
    // Each proof builds twice: the failing baseline and the repaired port.
    builds: subject.builds + 2 * proofs.length,
    tokens: subject.tokens,
    seconds: Math.round(spans.reduce((sum, span) => sum + span, 0) / 100) / 10,
    diff,
    cause: subject.cause,
    handOver: subject.handOver,
  };
}

/** Tells the story line by line as the events come. */
export function narrate(
  say: (text: string) => void,
  began: number,
): (events: readonly StoredEvent[]) => void {
  const told = new Map<string, string>();
  const clock = () => `${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s`;
  return (events) => {
    for (const event of events) {
      if (event.type === "result/recorded") {
        const { kind, origin, flavor, phase } = event.payload;
        // The run's end adds reasons to results that are told already.
        if (told.get(`${origin}@${flavor}`) === kind) continue;
        told.set(`${origin}@${flavor}`, kind);
        say(
          `${clock()}  ${kind.padEnd(9)} ${flavor ? `${origin}@${flavor}` : origin}${phase && ` (${phase})`}`,
        );
      } else if (event.type === "case/changed") {
        const { id, origin, state, classification, decision } = event.payload;
        if (told.get(id) === state || state === "open") continue;
        told.set(id, state);
        const detail = state === "triaged" ? ` (${classification}, ${decision?.tier})` : "";
        say(`${clock()}  ${state.padEnd(9)} ${origin}${detail}`);
      } else if (event.type === "turn/recorded") {
        const calls = event.payload.calls.map(({ name, ok }) => (ok ? name : `${name} (refused)`));
        if (calls.some((call) => call.startsWith("build") || call.startsWith("finish")))
          say(`${clock()}    turn    ${event.payload.number}: ${calls.join(", ")}`);
      }
    }
  };
}

interface Closing {
  rows: readonly DemoRow[];
  runs: readonly Run[];
  seconds: number;
  fixes: string;
  model: string | null;
  kept: { stateDir: string; builder: string } | null;
}

export function printTable({ rows, runs, seconds, fixes, model, kept }: Closing): void {
  const columns: [string, (row: DemoRow) => string][] = [
    ["case", (row) => row.case],
    ["class", (row) => row.classification],
    ["tier", (row) => row.tier],
    ["outcome", (row) => row.outcome],
    ["attempts", (row) => String(row.attempts)],
    ["builds", (row) => String(row.builds)],
    ["tokens", (row) => String(row.tokens)],
    ["seconds", (row) => row.seconds.toFixed(1)],
    ["diff", (row) => (row.diff === null ? "-" : basename(row.diff))],
  ];
  const cells = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, of]) => of(row)))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  console.log("");
  for (const line of rows.length === 0 ? [] : cells)
    console.log(
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    );

  const proved = rows.filter((row) => row.proved).length;
  const counts = runs.map(
    ({ counts: c }) => `${c.built} built, ${c.failed} failed, ${c.skipped} skipped, ${c.ignored} ignored`,
  );
  const tokens = rows.reduce((sum, row) => sum + row.tokens, 0);
  const hasDiffs = rows.some((row) => row.diff !== null);
  console.log(hasDiffs ? `\nThe diffs lie in ${fixes}` : "");
  console.log(
    `Run: ${counts.join("; ")}. ${proved} of ${rows.length} cases fixed and proved with ${tokens} tokens, in ${seconds} s.`,
  );
  for (const { case: name, handOver, cause, proved: done } of rows) {
    if (!done) console.log(`\n${indent(handOver ?? `${name} is not proved.\n${cause}`)}`);
  }
  console.log("\nNext:");
  if (hasDiffs) console.log(`  read a fix      less ${fixes}/*.diff`);
  if (model === null)
    console.log(
      "  ask a model     OPENAI_API_KEY=... PORTWRIGHT_MODEL=... [OPENAI_BASE_URL=...] npm run demo",
    );
  if (kept === null) console.log("  look around     npm run demo -- --keep");
  else {
    // The machine's own Node may be too old for the sources.
    const cli = "node_modules/.bin/node server/src/cli/main.ts";
    console.log(`  serve again     ${cli} --state ${kept.stateDir} serve`);
    console.log(`  ask the server  ${cli} --state ${kept.stateDir} cases`);
    const command = [process.execPath, resolve("server/src/cli/main.ts")];
    const entry = JSON.stringify({ name: "demo", command, state: kept.stateDir });
    console.log(`  VS Code         add to portwright.builders: ${entry} (README: The extension)`);
    console.log(`  clean up        rm -r ${kept.stateDir.replace(/\/state$/, "")} ${kept.builder}`);
  }
  console.log("  your builder    README: First set-up on a builder");
}

/** All lines but the first. */
const indent = (text: string): string => text.trimEnd().replace(/\n(?=.)/g, "\n    ");
