import { z } from "zod";
import { endOf, findingFacts, runBuild } from "./buildRun.ts";
import { composeOrigin } from "./materialize.ts";
import { sha256 } from "./text.ts";
import { defineTool, done, refuse } from "./types.ts";

const EXTRACT_BYTES = 5000;

export const build = defineTool({
  name: "build",
  description:
    "Materialize and build the port whole, package and check-plist included. Gives passed, or the failed phase with the lines that matter.",
  effect: "build",
  schema: z.strictObject({}),
  async run(_args, context) {
    const { state, environment } = context;
    if (state.builds.length >= context.buildLimit) {
      return refuse(
        `all ${context.buildLimit} builds of this attempt are used: call finish with what you found`,
      );
    }
    if (state.unsaved.size > 0) {
      const files = [...state.unsaved].join(", ");
      return refuse(
        `edited but in no patch, so this build would not see it: ${files}. ` +
          "Call genpatch and install_patches, or patch_phase to drop the edits",
      );
    }
    const composed = await composeOrigin(context);
    if (!composed.ok) return composed;
    const diffSha256 = sha256(await environment.diff());
    state.sources = "none";
    state.duped.clear();
    const { result, diagnosis, log } = await runBuild(context, { extractBytes: EXTRACT_BYTES });
    state.builds.push({
      passed: result.passed,
      phase: result.failedPhase,
      signature: result.passed ? "" : diagnosis.signature.id,
      diffSha256,
      log,
    });
    const facts = {
      passed: result.passed,
      build: state.builds.length,
      diffSha256,
      log,
      logBytes: result.logBytes,
      seconds: Math.round(result.durationMs / 1000),
    };
    if (result.passed) return done({ ...facts, next: "emit_diff to review the change, then finish" });
    return refuse(
      endOf(result),
      {
        ...facts,
        phase: result.failedPhase,
        classification: diagnosis.classification,
        confidence: diagnosis.confidence,
        cause: diagnosis.cause?.text ?? diagnosis.reason,
        signature: diagnosis.signature.id,
        ...findingFacts(diagnosis),
      },
      diagnosis.extract,
    );
  },
});
