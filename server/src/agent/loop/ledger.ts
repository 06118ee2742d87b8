import { z } from "zod";
import type { Attempt, ToolCall, Turn } from "../../protocol/index.ts";
import { type ParsedResult, parseResult } from "../tools/result.ts";
import type { FailedBuild, LedgerEntry } from "../types.ts";

/** What the next attempt is told of one that ended, from its record alone. */
export function ledgerEntry(
  attempt: Pick<Attempt, "number" | "outcome" | "summary">,
  turns: readonly Turn[],
): LedgerEntry {
  const edits: string[] = [];
  const builds: string[] = [];
  const failed: FailedBuild[] = [];
  for (const call of turns.flatMap((turn) => turn.calls)) {
    const facts = factsOf(call);
    if (facts === null) continue;
    if (call.name === "build" && typeof facts.passed === "boolean") {
      const words = `${facts.phase ?? "no phase"}: ${facts.cause}`;
      builds.push(facts.passed ? "passed" : `failed in ${words} (${facts.signature})`);
      if (!facts.passed)
        failed.push({ diffSha256: `${facts.diffSha256}`, signature: `${facts.signature}`, words });
    }
    edits.push(...editsOf(call.name, facts).map(({ path, sha256 }) => `${path} ${sha256 ?? "deleted"}`));
  }
  return {
    attempt: attempt.number,
    outcome: attempt.outcome ?? "error",
    summary: attempt.summary,
    edits,
    builds,
    failed,
  };
}

const Edit = z.object({ path: z.string(), sha256: z.string().nullable().default(null) });
/** A file as an edit left it; null where it was deleted. */
type Edit = z.infer<typeof Edit>;
const Edits = z.array(Edit).catch([]);

/** What a call changed, by its answer. */
export function editsOf(name: string, facts: ParsedResult["facts"]): Edit[] {
  // Patches are installed before a build, however it ends.
  if (name === "build") return Edits.parse(facts.installed);
  if (!facts.ok) return [];
  if (name === "put_file" || name === "replace_in_file") return Edits.parse([facts]);
  return name === "install_patches" ? Edits.parse(facts.installed) : [];
}

/** null for what is no tool's answer. */
export function factsOf(call: ToolCall): ParsedResult["facts"] | null {
  try {
    return parseResult(call.result).facts;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
