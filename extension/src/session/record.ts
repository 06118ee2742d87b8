import type { Turn } from "@portwright/server/protocol";
import type { SessionRecord } from "@portwright/server/sessionPage/page";
import { fetchSession, fetchTurnsAfter, type SessionBuilder } from "./fetch.ts";

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
    approvals,
    proof,
    unit,
  } = await fetchSession(builder, caseId, number);
  const { call } = builder.connection;
  const all: Turn[] = [...turns];
  for await (const more of fetchTurnsAfter(call, caseId, attempt.number, turns.at(-1)?.number))
    all.push(...more);
  return { case: subject, attempt, turns: all, steerings, approvals, proof, unit };
}
