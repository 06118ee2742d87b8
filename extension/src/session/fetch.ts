import type { StoredEvent, Turn } from "@portwright/server/protocol";
import type { SessionSnapshot } from "@portwright/webview/messages";
import type { Builder } from "../builders/builder.ts";

/** One attempt as the server knows it now; the newest one of the case without a number. */
export async function fetchSession(
  { name, connection: { call } }: Pick<Builder, "name" | "connection">,
  caseId: string,
  number: number | null,
  phasesOf: (attemptId: string) => readonly string[],
): Promise<SessionSnapshot> {
  const turns: Turn[] = [];
  const params = { case: caseId, ...(number !== null && { attempt: number }) };
  let page = await call("session/get", params);
  // An answer holds what fits into its bound; the next one goes on after its last turn.
  for (let last = page.turns.at(-1); last; last = page.turns.at(-1)) {
    turns.push(...page.turns);
    page = await call("session/get", { ...params, attempt: page.attempt.number, afterTurn: last.number });
  }
  const { attempt } = page;
  const detail = await call("case/get", { case: caseId });
  const proof = detail.proofs
    .filter(({ attemptId }) => attemptId === attempt.id)
    .toSorted((a, b) => b.startedAt - a.startedAt)[0];
  const newest = Math.max(attempt.number, ...detail.attempts.map((other) => other.number));
  return {
    builder: name,
    case: detail.case,
    attempt,
    turns,
    phases: [...phasesOf(attempt.id)],
    proof: proof ?? null,
    newerAttempt: newest > attempt.number ? newest : null,
  };
}

/** Whether a session of this case may have to show the event. */
export function isAboutCase(
  { type, payload }: StoredEvent,
  caseId: string,
  attemptId: string | null,
): boolean {
  if (type === "case/changed") return payload.id === caseId;
  if (type === "turn/recorded") return payload.attemptId === attemptId;
  return (
    (type === "attempt/changed" || type === "build/phase" || type === "proof/recorded") &&
    payload.caseId === caseId
  );
}
