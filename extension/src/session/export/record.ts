import type { Attempt, Case, Proof, Steering, Turn } from "@portwright/server/protocol";
import { fetchSession, fetchTurnsAfter, type SessionBuilder } from "../fetch.ts";

/** All that is kept of one attempt. */
export interface SessionRecord {
  case: Case;
  attempt: Attempt;
  turns: Turn[];
  steerings: Steering[];
  proof: Proof | null;
  unit: string;
}

/** Reads the attempt whole, the newest one of the case without a number. Throws what `call` throws. */
export async function readSession(
  builder: SessionBuilder,
  caseId: string,
  number: number | null,
): Promise<SessionRecord> {
  const {
    case: subject,
    attempt,
    turns,
    steerings,
    proof,
    unit,
  } = await fetchSession(builder, caseId, number);
  const { call } = builder.connection;
  const all = [...turns];
  for await (const more of fetchTurnsAfter(call, caseId, attempt.number, turns.at(-1)?.number))
    all.push(...more);
  return { case: subject, attempt, turns: all, steerings, proof, unit };
}

/** One JSON object a line, each with its `type`: `case`, `attempt`, then `turn` and `steering` as they came, then `proof`. */
export function jsonLines({ case: subject, attempt, turns, steerings, proof }: SessionRecord): string {
  const told = [
    ...turns.map((turn) => ({ type: "turn", ...turn })),
    ...steerings.map((steering) => ({ type: "steering", ...steering })),
  ].toSorted((a, b) => a.at - b.at);
  const lines = [
    { type: "case", ...subject },
    { type: "attempt", ...attempt },
    ...told,
    ...(proof ? [{ type: "proof", ...proof }] : []),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}
