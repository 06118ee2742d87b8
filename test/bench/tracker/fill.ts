import {
  type CaseState,
  FailureClass,
  type NewEvent,
  type Result,
} from "../../../server/src/protocol/index.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { sampleBundle, sampleCase, sampleResult, sampleRun } from "../../fixtures/states/entities.ts";

/** Of one run, in the proportions of a bulk run of the whole tree. */
export const ports = 36_000;
const bundlesOfRun = 600;
const casesInAll = 20_000;
const batch = 2000;
const day = 86_400_000;

const originOf = (n: number): string => `cat${n % 60}/port${n}`;
const caseId = (n: number): string => `case-${(n * 7919) % casesInAll}`;
const runName = (n: number): string => `main-${String(n).padStart(4, "0")}`;
const startOf = (n: number): number => 1_700_000_000_000 + n * day;

/** Appends the runs `from` to `to`; with each its results, bundles, cases and as many other facts as real runs have. */
export function fillRuns(store: Store, from: number, to: number): void {
  for (let run = from; run < to; run++) {
    const started = sampleRun({ id: runName(run), startedAt: startOf(run) });
    append(store, [{ type: "run/changed", payload: started }]);
    append(store, factsOf(run));
    const counts = { built: 32_400, failed: 1200, skipped: 1800, ignored: 600 };
    const ended = { ...started, state: "finished" as const, endedAt: startOf(run) + day / 2, counts };
    append(store, [{ type: "run/changed", payload: ended }]);
  }
}

/** Names of the last two runs of a state with that many. */
export function newestRuns(runs: number): [left: string, right: string] {
  return [runName(Math.max(0, runs - 2)), runName(runs - 1)];
}

function append(store: Store, events: Iterable<NewEvent>): void {
  let waiting: NewEvent[] = [];
  const write = () => {
    store.append(waiting);
    waiting = [];
  };
  for (const event of events) if (waiting.push(event) >= batch) write();
  write();
}

/** Every second failure has a bundle of its own: 60,000 in 100 runs, as most failures of a run are those of the run before. */
function* factsOf(run: number): Generator<NewEvent> {
  const cases = casesInAll / 100;
  for (let n = 0; n < ports; n++) {
    const result = resultOf(run, n);
    yield { type: "result/recorded", payload: result };
    if (result.bundleId === null) continue;
    const bundle = sampleBundle({
      ...{
        id: result.bundleId,
        runId: result.runId,
        origin: result.origin,
        pkgname: result.pkgname,
        at: result.at,
      },
      artifacts: [{ name: "log", kind: "log", sha256: hashOf(n), bytes: 81_234 }] as never,
    });
    bundle.diagnosis.extract = `${"cc -O2 -pipe -I/usr/local/include -c file.c -o file.o\n".repeat(12)}${causeOf(n)}\n`;
    const text = causeOf(n);
    const found = {
      kind: "compiler",
      line: 13,
      offset: 650,
      text,
      phase: "build",
      captures: {},
      confidence: 0.9,
    };
    bundle.diagnosis.cause = { ...found, role: "primary" };
    bundle.diagnosis.findings = [bundle.diagnosis.cause];
    // Another failure in each run: the most that an index of failures can have to hold.
    const rank = (n + run * 7) % 3000;
    bundle.diagnosis.signature = { version: 1, id: `sig${rank}`, key: `compile-error ${rank}` };
    yield { type: "bundle/added", payload: bundle };
  }
  for (let n = run * cases; n < (run + 1) * cases; n++)
    for (const state of ["open", "triaged", "patching", "waiting"] as const)
      yield { type: "case/changed", payload: caseOf(run, n, state) };
  // Progress of the run itself, and of the work of agents: what is left of the events of a real state.
  for (let n = 0; n < 11_500; n++)
    yield {
      type: "run/changed",
      payload: sampleRun({
        id: runName(run),
        startedAt: startOf(run),
        counts: { built: n * 3, failed: n >> 4, skipped: n >> 5, ignored: n >> 6 },
      }),
    };
}

function resultOf(run: number, n: number): Result {
  // The most of it fails in each run, some only in every seventh.
  const place = (n + (n % 7 ? 0 : run)) % 60;
  const kind = place < 2 ? "failed" : place < 5 ? "skipped" : place < 6 ? "ignored" : "built";
  const hasBundle = kind === "failed" && n % (1200 / bundlesOfRun) === 0;
  return sampleResult({
    ...{ runId: runName(run), origin: originOf(n), kind, at: startOf(run) + n },
    pkgname: `port${n}-1.${n % 10 ? 0 : run}.pkg`,
    phase: kind === "failed" ? "build" : "",
    reason:
      kind === "skipped"
        ? `cat${(n + 1) % 60}/port${n + 1}`
        : kind === "ignored"
          ? "is marked as broken"
          : "",
    bundleId: hasBundle ? `${runName(run)}-${n}` : null,
    seconds: 20 + (n % 900),
  });
}

function caseOf(run: number, n: number, state: CaseState) {
  const classes = FailureClass.options;
  const rank = Math.floor(Math.sqrt(n % (classes.length * classes.length)));
  const failed =
    Array.from({ length: 600 }, (_, k) => k).find((k) => resultOf(run, k).bundleId !== null) ?? 0;
  return sampleCase({
    ...{
      id: caseId(n),
      origin: originOf(n),
      state,
      bundleId: `${runName(run)}-${failed}`,
      bundles: 1 + (n % 4),
    },
    target: n % 3 ? "@main" : "@2026Q3",
    classification: classes[rank] ?? "unknown",
    cause: causeOf(n),
    signature: `sig${n % 3000}`,
    maintainer: `person${n % 900}@example.org`,
    pkgname: `port${n}-1.2.3.pkg`,
    ...(n % 10 ? {} : { blocked: n % 700 }),
    openedAt: startOf(run) + n,
  });
}

const causeOf = (n: number): string =>
  `src/file${n % 400}.c:123:45: error: use of undeclared identifier 'thing_${n % 3000}'`;
const hashOf = (n: number): string => n.toString(16).padStart(64, "0");
