import type { Approval, Attempt, Case, Proof, Steering, Turn } from "./entities.ts";

/** What is kept of one attempt. */
export interface SessionFacts {
  case: Case;
  attempt: Attempt;
  turns: readonly Turn[];
  steerings: readonly Steering[];
  approvals: readonly Approval[];
  proof: Proof | null;
  /** The texts that opened the conversation; absent where they were not asked for, or not kept. */
  opening?: { system: string; context: string } | undefined;
}

/**
 * One JSON object a line, each with its `type`: `case`, `attempt`, `opening`, then `turn`, `steering` and `approval` as they
 * came, then `proof`.
 */
export function sessionLines({
  case: subject,
  attempt,
  opening,
  turns,
  steerings,
  approvals,
  proof,
}: SessionFacts): string {
  const told = [
    ...turns.map((turn) => ({ type: "turn", ...turn })),
    ...steerings.map((steering) => ({ type: "steering", ...steering })),
    ...approvals.map((approval) => ({ type: "approval", ...approval })),
  ].toSorted((a, b) => a.at - b.at);
  const lines = [
    { type: "case", ...subject },
    { type: "attempt", ...attempt },
    ...(opening ? [{ type: "opening", ...opening }] : []),
    ...told,
    ...(proof ? [{ type: "proof", ...proof }] : []),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}
