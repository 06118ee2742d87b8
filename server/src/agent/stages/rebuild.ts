import type { JobContext } from "../../jobs/types.ts";
import type { Case } from "../../protocol/index.ts";
import type { PatchStageOptions } from "./types.ts";

/** Builds the port unchanged in a fresh environment; true when it passes. */
export async function rebuild(
  options: PatchStageOptions,
  context: JobContext,
  subject: Case,
): Promise<boolean> {
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
    return result.passed;
  } finally {
    await environment.destroy();
  }
}
