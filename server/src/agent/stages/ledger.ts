import type { Attempt, ToolCall, Turn } from "../../protocol/index.ts";
import type { LedgerEntry } from "../types.ts";

const edits = new Set(["put_file", "replace_in_file", "install_patches"]);
const shown = 160;

/** What earlier attempts leave to the next one: facts, edits and outcomes, newest first; never their transcript. */
export function ledgerOf(
  attempts: readonly Attempt[],
  turns: (attemptId: string) => readonly Turn[],
): LedgerEntry[] {
  const ended = attempts.filter((attempt) => attempt.outcome !== null);
  return ended
    .toSorted((a, b) => b.number - a.number)
    .map((attempt) => {
      const calls = turns(attempt.id).flatMap((turn) => turn.calls);
      return {
        attempt: attempt.number,
        outcome: attempt.outcome ?? "error",
        summary: attempt.summary,
        edits: calls
          .filter((call) => call.ok && edits.has(call.name))
          .map((call) => `${call.name} ${brief(call)}`),
        builds: calls.filter((call) => call.name === "build").map((call) => call.result.slice(0, shown)),
      };
    });
}

function brief(call: ToolCall): string {
  return call.arguments.slice(0, shown);
}
