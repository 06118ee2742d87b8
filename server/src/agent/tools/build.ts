import { z } from "zod";
import { Unhealthy } from "../../environments/errors.ts";
import { endOf, findingFacts, runBuild } from "./buildRun.ts";
import { composeOrigin } from "./materialize.ts";
import { saveSources } from "./patches.ts";
import { fitBytes, sha256 } from "./text.ts";
import { defineTool, done, refuse, type ToolContext, type ToolResult } from "./types.ts";

const EXTRACT_BYTES = 5000;
const DIFF_BYTES = 3000;

export const build = defineTool({
  name: "build",
  description:
    "Make and install the patches of edited sources, compose, and build the port whole, package and check-plist included. " +
    "Gives passed and the diff, or the failed phase with the lines that matter.",
  effect: "build",
  schema: z.strictObject({}),
  async run(_args, context) {
    const { state } = context;
    if (state.builds.length >= context.buildLimit) {
      return refuse(
        `all ${context.buildLimit} builds of this attempt are used: call finish with what you found`,
      );
    }
    const saved = state.unsaved.size === 0 ? done({}) : await saveSources(context);
    if (!saved.ok) return saved;
    const built = await buildNow(context).catch((error: unknown) => {
      context.signal.throwIfAborted();
      if (error instanceof Unhealthy) throw error;
      return refuse(`build failed: ${error instanceof Error ? error.message : String(error)}`);
    });
    const { installed } = saved.facts;
    return installed === undefined ? built : { ...built, facts: { ...built.facts, installed } };
  },
});

async function buildNow(context: ToolContext): Promise<ToolResult> {
  const { state, environment } = context;
  const composed = await composeOrigin(context);
  if (!composed.ok) return composed;
  const diff = await environment.diff();
  const diffSha256 = sha256(diff);
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
  if (result.passed) return done({ ...facts, next: "finish" }, fitBytes(diff, DIFF_BYTES));
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
}
