import { z } from "zod";
import type { ToolCall } from "../../protocol/index.ts";
import { editsOf } from "../loop/ledger.ts";
import { FinishStatus } from "../tools/finish.ts";
import type { ParsedResult } from "../tools/result.ts";
import type { AttemptState } from "../tools/state.ts";

const Built = z.object({
  passed: z.boolean(),
  phase: z.string().nullable().default(null),
  signature: z.string().default(""),
  diffSha256: z.string(),
  log: z.string(),
});

/** Brings a state to where a recorded call left it; what the tools know of the sources is recorded apart. */
export function restore(
  state: AttemptState,
  { name, ok, spill, arguments: given }: ToolCall,
  facts: ParsedResult["facts"],
): void {
  const built = Built.safeParse(facts);
  if (name === "build" && built.success) state.builds.push(built.data);
  for (const { path, sha256 } of editsOf(name, facts)) state.edits.push(`${path} ${sha256 ?? "deleted"}`);
  if (spill !== null && typeof facts.whole === "string") state.kept.set(facts.whole, spill);
  const status = FinishStatus.safeParse(facts.status);
  if (name === "finish" && ok && status.success)
    state.finished = { status: status.data, summary: summaryOf(given) };
}

const Summary = z.object({ summary: z.string() });

/** Of a call that was answered, so that its arguments are known to be JSON. */
const summaryOf = (given: string): string => Summary.parse(JSON.parse(given)).summary;
