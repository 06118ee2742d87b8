import { z } from "zod";
import { overlayOf } from "./paths.ts";
import { defineTool, done, refuse, type ToolContext, type ToolResult } from "./types.ts";

export const materialize = defineTool({
  name: "materialize",
  description:
    "Compose /work/DPorts for this port from upstream and the overlay as they are now. Rejects and skipped files are errors.",
  effect: "step",
  schema: z.strictObject({}),
  run: (_args, context) => composeOrigin(context),
});

/** Composes the case's origin; what did not take effect makes the result an error that names file and hunk. */
export async function composeOrigin(context: ToolContext): Promise<ToolResult> {
  const composed = await context.environment.compose(context.origin);
  const facts = { applied: composed.applied.slice(0, 60), inputSha256: composed.inputSha256 };
  if (composed.rejects.length === 0 && composed.skipped.length === 0) return done(facts);
  const rejected = composed.rejects.map((reject) => reject.file);
  const skipped = composed.skipped.map(({ file, why }) => `${file}: ${why}`);
  const parts = [
    ...(rejected.length > 0 ? [`did not apply: ${rejected.join(", ")}`] : []),
    ...(skipped.length > 0 ? [`skipped: ${skipped.join("; ")}`] : []),
  ];
  const hunks = composed.rejects.map((reject) => `${reject.file}\n${reject.hunks}`).join("\n");
  const error = `${parts.join(". ")}. Mend or delete it in ${overlayOf(context.origin)}`;
  return refuse(error, { ...facts, rejects: rejected, skipped }, hunks);
}
