import type { Attempt, ToolCall, Turn } from "../../protocol/index.ts";
import { type ParsedResult, parseResult } from "../tools/result.ts";
import type { LedgerEntry } from "../types.ts";

/** What the next attempt is told of one that ended, from its record alone. */
export function ledgerEntry(
  attempt: Pick<Attempt, "number" | "outcome" | "summary">,
  turns: readonly Turn[],
): LedgerEntry {
  const edits: string[] = [];
  const builds: string[] = [];
  for (const call of turns.flatMap((turn) => turn.calls)) {
    const facts = factsOf(call);
    if (facts === null) continue;
    if (call.name === "build" && typeof facts.passed === "boolean") {
      builds.push(
        facts.passed
          ? "passed"
          : `failed in ${facts.phase ?? "no phase"}: ${facts.cause} (${facts.signature})`,
      );
    }
    if (!facts.ok) continue;
    if (call.name === "put_file" || call.name === "replace_in_file") edits.push(editLine(facts));
    if (call.name === "install_patches" && Array.isArray(facts.installed)) {
      edits.push(...facts.installed.map(editLine));
    }
  }
  return {
    attempt: attempt.number,
    outcome: attempt.outcome ?? "error",
    summary: attempt.summary,
    edits,
    builds,
  };
}

const editLine = (facts: Record<string, unknown>): string => `${facts.path} ${facts.sha256 ?? "deleted"}`;

/** null for what is no tool's answer. */
export function factsOf(call: ToolCall): ParsedResult["facts"] | null {
  try {
    return parseResult(call.result).facts;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
