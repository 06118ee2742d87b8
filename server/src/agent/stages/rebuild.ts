import type { JobContext } from "../../jobs/types.ts";
import type { Case, NewEvent } from "../../protocol/index.ts";
import { caseAfterSuccess } from "../../tracker/cases.ts";
import { noted, serverName } from "../../tracker/notes.ts";
import type { PatchStageOptions } from "./types.ts";

/** Builds the port unchanged in a fresh environment; hash of the log when it passes, else null. */
export async function rebuild(
  options: PatchStageOptions,
  context: JobContext,
  subject: Case,
): Promise<string | null> {
  const { manager, builder, buildTimeoutMs, newId } = options;
  using live = options.live.begin(subject.id, "");
  const name = `rebuild-${newId().toLowerCase()}`.slice(0, 40);
  const environment = await manager.create({ name, target: subject.target, signal: context.signal });
  try {
    await environment.compose(subject.origin);
    live.build(1);
    const { origin, flavor } = subject;
    const result = await builder.build({
      environment,
      origin,
      flavor,
      timeoutMs: buildTimeoutMs,
      signal: context.signal,
      onPhase(phase) {
        live.phase(phase);
        context.append({ type: "build/phase", payload: { caseId: subject.id, attemptId: "", phase } });
      },
      onOutput: live.output,
    });
    return result.passed ? (await options.store.blobs.putFile(result.logPath)).sha256 : null;
  } finally {
    await environment.destroy();
  }
}

const closed =
  "Closed: the port builds unchanged in a fresh environment, so that the failure was not its own";

/**
 * Closes a case whose port builds unchanged. null where that was said of the same failure before: what comes again and again
 * in bulk builds alone is for a person.
 */
export function closedByRebuild(
  { store, now, newId }: Pick<PatchStageOptions, "store" | "now" | "newId">,
  subject: Case,
  logSha256: string,
): NewEvent[] | null {
  const failure = `failure ${subject.signature}`;
  const before = store
    .notes({ caseId: subject.id, kind: "note" }, { limit: 200 })
    .items.some(({ who, text }) => who === serverName && text.startsWith(closed) && text.endsWith(failure));
  const done = before ? null : caseAfterSuccess(subject, now());
  if (done === null) return null;
  const text = `${closed}. The next failure opens it again. The log of that build: ${logSha256}; ${failure}`;
  const note = { caseId: subject.id, who: serverName, kind: "note" as const, text };
  return [{ type: "case/changed", payload: { ...done, handOver: text } }, noted(note, { now, newId })];
}
