import fc from "fast-check";
import type { Case, Job, NewEvent, ResultKind } from "../../../server/src/protocol/index.ts";
import {
  sampleBundle,
  sampleCase,
  sampleJob,
  sampleResult,
  sampleRun,
} from "../../fixtures/states/entities.ts";

/** A small state with rows in every list, many of them alike in what lists are ordered by, and what may happen to it. */
const ports = 5;
export const originOf = (n: number) => (n < 3 ? `trouble/p${n}` : `devel/p${n}`);
const targetOf = (n: number) => (n < 4 ? "@main" : "@other");

function caseOf(n: number, changes: Partial<Case>): NewEvent {
  const [id, target, origin] = [`case-${n}`, targetOf(n), originOf(n)];
  const apart = { classification: n % 2 ? "timeout" : "compile-error", maintainer: `m${n % 3}` } as const;
  const payload = sampleCase({ ...{ id, target, origin, bundleId: `first-${n}` }, ...apart, ...changes });
  return { type: "case/changed", payload };
}

function failureOf(n: number, id: string, signature: string, reason: string): NewEvent {
  const { diagnosis, ...bundle } = sampleBundle({
    id,
    runId: "left",
    target: targetOf(n),
    origin: originOf(n),
  });
  const told = { ...diagnosis, reason, signature: { ...diagnosis.signature, id: signature } };
  return { type: "bundle/added", payload: { ...bundle, diagnosis: told } };
}

const resultOf = (n: number, runId: string, kind: ResultKind): NewEvent => ({
  type: "result/recorded",
  payload: sampleResult({ runId, origin: originOf(n), kind }),
});

const jobOf = (n: number, changes: Partial<Job>): NewEvent => ({
  type: "job/changed",
  payload: sampleJob({ id: `job-${n}`, caseId: "case-0", ...changes }),
});

const noteOf = (text: string, id: { id?: string }): NewEvent => ({
  type: "note/recorded",
  payload: { ...id, caseId: "case-0", who: "ann", text, at: 1 },
});

const runOf = (id: string, startedAt: number): NewEvent => ({
  type: "run/changed",
  payload: sampleRun({ id, startedAt, state: "finished" }),
});

const each = (make: (n: number) => NewEvent): NewEvent[] => Array.from({ length: ports }, (_, n) => make(n));
export const beginning: readonly NewEvent[] = [
  ...["left", "right"].map((id) => runOf(id, 1)),
  ...each((n) => failureOf(n, `first-${n}`, "first", "trouble")),
  ...each((n) => caseOf(n, { blocked: n % 2, signature: `s${n % 3}` })),
  ...each((n) => resultOf(n, "left", "built")),
  ...each((n) => resultOf(n, "right", "failed")),
  ...each((n) => jobOf(n, { state: "queued", queuedAt: n % 2 })),
  ...each((n) => noteOf(`first ${n}`, {})),
];

const port = fc.nat(ports - 1);
const small = fc.nat(2);
const signature = fc.constantFrom("a", "b");
const state = fc.constantFrom("open", "waiting", "closed");
/** Given a number that nothing else has. */
export type Happening = (unique: number) => NewEvent;
export const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.tuple(port, fc.record({ state, blocked: small, signature })).map(
    (given): Happening =>
      () =>
        caseOf(...given),
  ),
  fc.tuple(port, signature, fc.constantFrom("trouble", "other")).map(
    ([n, ...told]): Happening =>
      (unique) =>
        failureOf(n, `bundle-${unique}`, ...told),
  ),
  fc.tuple(port, fc.constantFrom("left", "right"), fc.constantFrom("built", "failed")).map(
    (given): Happening =>
      () =>
        resultOf(...given),
  ),
  fc.tuple(small, small).map(
    ([n, at]): Happening =>
      () =>
        runOf(`run-${n}`, at),
  ),
  fc.tuple(port, fc.record({ state: fc.constantFrom("queued", "done"), queuedAt: small })).map(
    (given): Happening =>
      () =>
        jobOf(...given),
  ),
  fc.boolean().map(
    (isNamed): Happening =>
      (unique) =>
        noteOf(`${unique}`, isNamed ? { id: `${unique}` } : {}),
  ),
);
