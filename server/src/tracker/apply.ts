import type { Bundle, NewEvent, Result, ResultCounts, ResultKind, Run } from "../protocol/index.ts";
import { caseAfterFailure, caseAfterSuccess } from "./cases.ts";
import { standInId } from "./evidence.ts";
import { countOf, profileOf, type RecordFields, resultKind, runIdOf, secondsIn, timeOf } from "./records.ts";
import { redactedDiagnosis } from "./redacted.ts";
import type { TrackerView } from "./view.ts";

/** What of a failure stands in its bundle; the rest of the entity comes from its record. */
export type Evidence = Pick<Bundle, "id" | "diagnosis" | "artifacts" | "problems"> & {
  /** Target that the hooks were configured with, "" when not known. */
  target: string;
  /** As the port's Makefile names it; null or absent when that is not known. */
  maintainer?: string | null;
};

export interface TrackerContext {
  now: () => number;
  newId: () => string;
  /** Profile to target; outranks what the hooks say. */
  targets: Readonly<Record<string, string>>;
  /** Profile to what it is built for. */
  buildTypes?: Readonly<Record<string, string>>;
  /** Makes text from logs fit to be kept and shown; keys and tokens go in any case. */
  redact?: (text: string) => string;
  /** Name of the far builder that the records are of; absent for this host's own. */
  builder?: string;
}

const none: ResultCounts = { built: 0, failed: 0, skipped: 0, ignored: 0 };

/**
 * The events that one journal record amounts to on top of `view`; none for what is known already or means nothing here.
 * `evidence` goes with a failure, always: one without a bundle has evidence that says so.
 */
export function applyRecord(
  view: TrackerView,
  fields: RecordFields,
  evidence: Evidence | null,
  context: TrackerContext,
): NewEvent[] {
  const kind = resultKind(fields);
  if (kind !== null) return portResult(view, fields, kind, evidence, context);
  if (fields.ev === "run_start") return runStart(view, fields, context);
  if (fields.ev === "trees") return runTrees(view, fields);
  if (fields.ev === "run_end") return runEnd(view, fields, context);
  return [];
}

/**
 * The events of what the builder's own files say of a port. A result that is known is only completed: the hooks saw it
 * themselves, and no result is told twice.
 */
export function applyReported(
  view: TrackerView,
  fields: RecordFields,
  evidence: Evidence | null,
  context: TrackerContext,
): NewEvent[] {
  const kind = resultKind(fields);
  if (kind === null) return [];
  const before = view.result(runIdOf(fields), fields.origin ?? "", fields.flavor ?? "");
  if (before === null) return portResult(view, fields, kind, evidence, context);
  return before.kind === kind ? completed(before, fields) : [];
}

/** A run of which nothing more will come, and that was never said to have ended. */
export function abortRun(view: TrackerView, runId: string, at: number): NewEvent[] {
  const run = view.run(runId);
  if (run?.state !== "active") return [];
  return [runChanged({ ...run, state: "aborted", endedAt: Math.max(run.startedAt, at) })];
}

function runStart(view: TrackerView, fields: RecordFields, context: TrackerContext): NewEvent[] {
  const queued = countOf(fields, "queued", null);
  const run: Run = { ...newRun(fields, "", context), ...(queued === null ? {} : { queued }) };
  if (view.run(run.id) !== null) return [];
  const over = view
    .activeRuns()
    .filter(
      ({ id, target, profile, builder }) =>
        builder === run.builder &&
        (id === fields.interrupted || (target === run.target && profile === run.profile)),
    );
  return [
    ...over.map((old) => runChanged({ ...old, state: "aborted", endedAt: run.startedAt })),
    ...opened(view, run),
  ];
}

/** What was checked out when the run began; told once. */
function runTrees(view: TrackerView, fields: RecordFields): NewEvent[] {
  const run = view.run(runIdOf(fields));
  const known = ["ports", "overlay"].flatMap((tree) => {
    const { [`${tree}_commit`]: commit = "", [`${tree}_branch`]: branch = "" } = fields;
    return commit === "" ? [] : [[tree, { commit, branch }] as const];
  });
  if (run === null || run.trees !== undefined || known.length === 0) return [];
  return [runChanged({ ...run, trees: Object.fromEntries(known) })];
}

/** Figures are the builder's own: its report knows of results whose hooks could not write. */
function runEnd(view: TrackerView, fields: RecordFields, context: TrackerContext): NewEvent[] {
  const run = view.run(runIdOf(fields)) ?? newRun(fields, "", context);
  if (run.state === "finished") return [];
  const counts = { ...run.counts };
  for (const kind of Object.keys(counts) as ResultKind[]) counts[kind] = countOf(fields, kind, counts[kind]);
  // A builder that only fetches counts what it fetched as built.
  if (fields.built !== undefined) counts.built = Math.max(0, counts.built - (run.fetched ?? 0));
  const ended: Run = { ...run, state: "finished", endedAt: timeOf(fields, context.now()), counts };
  return view.run(run.id) === null ? opened(view, ended) : [runChanged(ended)];
}

function portResult(
  view: TrackerView,
  fields: RecordFields,
  kind: ResultKind,
  evidence: Evidence | null,
  context: TrackerContext,
): NewEvent[] {
  const known = view.run(runIdOf(fields));
  const run = known ?? newRun(fields, evidence?.target ?? "", context);
  const { origin = "", flavor = "" } = fields;
  if (origin === "") return [];
  const before = view.result(run.id, origin, flavor);
  if (before !== null && before.kind === kind && (evidence === null || view.knowsBundle(evidence.id)))
    return completed(before, fields);

  const at = timeOf(fields, context.now());
  const fetchedOnly = kind === "built" && fields.made === "nothing";
  const seconds = secondsIn(fields);
  const result: Result = {
    ...{ runId: run.id, target: run.target, origin, flavor, kind, pkgname: fields.pkgname ?? "", at },
    phase: kind === "failed" ? fields.phase || evidence?.diagnosis.phase || "" : "",
    reason: fetchedOnly ? "only its distfiles were fetched" : (fields.reason ?? ""),
    bundleId: evidence?.id ?? null,
    ...(seconds === null ? {} : { seconds }),
    ...(fetchedOnly ? { fetchedOnly } : {}),
  };
  const events: NewEvent[] = known === null ? opened(view, run) : [];
  const existing = view.caseOf(run.target, origin, flavor);
  if (kind === "failed" && evidence !== null) {
    const { id, diagnosis, artifacts, problems } = evidence;
    const maintainer = fitToKeep(evidence.maintainer, context.redact);
    const bundle: Bundle = {
      ...{ id, runId: run.id, target: run.target, origin, flavor, pkgname: result.pkgname },
      ...{ diagnosis: redactedDiagnosis(diagnosis, context.redact), artifacts, problems, at },
    };
    events.push({ type: "bundle/added", payload: bundle }, { type: "result/recorded", payload: result });
    // A failure first known from the builder's files, and now from its own bundle, is no second one.
    const again = before?.bundleId === standInId(run.id, origin, flavor);
    const known = existing !== null && again ? { ...existing, bundles: existing.bundles - 1 } : existing;
    events.push({
      type: "case/changed",
      payload: caseAfterFailure(known, bundle, maintainer, context.newId),
    });
  } else {
    events.push({ type: "result/recorded", payload: result });
    const closed = kind === "built" && !fetchedOnly ? caseAfterSuccess(existing, at) : null;
    if (closed !== null) events.push({ type: "case/changed", payload: closed });
  }
  if (run.state !== "finished") events.push(runChanged(counted(run, before, result)));
  return events;
}

/** A maintainer is an address: where these are not to be kept, nothing of it is. */
function fitToKeep(maintainer: string | null | undefined, redact: TrackerContext["redact"]): string | null {
  return maintainer && (redact?.(maintainer) ?? maintainer) === maintainer ? maintainer : null;
}

/** What is told again changes nothing, but that one source knows what the one before it did not. */
function completed(before: Result, fields: RecordFields): NewEvent[] {
  const seconds = before.seconds ?? secondsIn(fields);
  const after: Result = {
    ...before,
    pkgname: before.pkgname || (fields.pkgname ?? ""),
    phase: before.kind === "failed" ? before.phase || (fields.phase ?? "") : before.phase,
    reason: before.reason || (fields.reason ?? ""),
    ...(seconds === null ? {} : { seconds }),
  };
  const same =
    after.pkgname === before.pkgname &&
    after.phase === before.phase &&
    after.reason === before.reason &&
    after.seconds === before.seconds;
  return same ? [] : [{ type: "result/recorded", payload: after }];
}

/** The run with one more result in its counts, in place of an earlier one of the same port. */
function counted(run: Run, before: Result | null, result: Result): Run {
  const counts = { ...run.counts };
  let fetched = run.fetched ?? 0;
  if (before?.fetchedOnly) fetched--;
  else if (before !== null) counts[before.kind]--;
  if (result.fetchedOnly) fetched++;
  else counts[result.kind]++;
  return { ...run, counts, ...(fetched === 0 && run.fetched === undefined ? {} : { fetched }) };
}

function newRun(fields: RecordFields, evidenceTarget: string, context: TrackerContext): Run {
  const profile = profileOf(fields);
  const buildType = context.buildTypes?.[profile];
  return {
    ...{ id: runIdOf(fields), profile, state: "active", endedAt: null, counts: none },
    target: context.targets[profile] || fields.target || evidenceTarget || profile,
    startedAt: timeOf(fields, context.now()),
    ...(context.builder ? { builder: context.builder } : {}),
    ...(buildType === undefined ? {} : { buildType }),
  };
}

function opened(view: TrackerView, run: Run): NewEvent[] {
  const target: NewEvent = { type: "target/seen", payload: { name: run.target, firstSeenAt: run.startedAt } };
  return [...(view.knowsTarget(run.target) ? [] : [target]), runChanged(run)];
}

function runChanged(payload: Run): NewEvent {
  return { type: "run/changed", payload };
}
