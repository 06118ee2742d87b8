import { z } from "zod";
import { sha256 } from "./text.ts";
import { defineTool, done, refuse, type ToolContext } from "./types.ts";

export const FinishStatus = z.enum(["fixed", "gave-up", "needs-context"]);
export type FinishStatus = z.infer<typeof FinishStatus>;

export const emitDiff = defineTool({
  name: "emit_diff",
  description: "The change so far as one diff of DeltaPorts, new files included.",
  effect: "read",
  schema: z.strictObject({}),
  async run(_args, context) {
    const diff = await context.environment.diff();
    if (diff === "") return refuse("the diff is empty: nothing in the overlay differs from where it began");
    const files = [...diff.matchAll(/^diff --git a\/(\S+)/gm)].map((match) => match[1]);
    return done(
      { diffSha256: sha256(diff), bytes: Buffer.byteLength(diff), files: files.slice(0, 50) },
      diff,
    );
  },
});

export const finish = defineTool({
  name: "finish",
  description:
    "End the attempt. fixed needs a last build that passed on exactly the present diff; " +
    "else gave-up, or needs-context with the question for the porter. summary: cause, change, what was tried.",
  effect: "end",
  schema: z.strictObject({ status: FinishStatus, summary: z.string().min(1).max(4000) }),
  async run(args, context) {
    if (args.status === "fixed") {
      const objection = await notFixed(context);
      if (objection !== null) return refuse(objection);
    }
    context.state.finished = { status: args.status, summary: args.summary };
    return done({ status: args.status });
  },
});

/** Why "fixed" cannot be taken at its word; null when the server's own build bears it out. */
export async function notFixed(context: ToolContext): Promise<string | null> {
  const { state, environment } = context;
  const last = state.builds.at(-1);
  if (last === undefined) return "not fixed: nothing was built in this attempt; call build";
  if (!last.passed) return `not fixed: the last build failed in phase ${last.phase ?? "unknown"}`;
  const diff = await environment.diff();
  if (diff === "") return "not fixed: the diff is empty, so nothing was repaired";
  if (sha256(diff) !== last.diffSha256)
    return "not fixed: files changed after the build that passed; build again";
  return null;
}
