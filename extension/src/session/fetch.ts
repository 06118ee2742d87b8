import type { SessionLive, StoredEvent, Turn } from "@portwright/server/protocol";
import type { SessionSnapshot } from "@portwright/webview/messages";
import type { Builder } from "../builders/builder.ts";
import type { Call } from "../connection/client.ts";
import { ServerError } from "../connection/errors.ts";

/** What is needed of a builder to read a session. */
export interface SessionBuilder {
  readonly name: string;
  readonly connection: Pick<Builder["connection"], "call" | "capabilities">;
}

/** One attempt as the server knows it now, with its first turns; the newest attempt of the case without a number. */
export async function fetchSession(
  { name, connection }: SessionBuilder,
  caseId: string,
  number: number | null,
): Promise<Omit<SessionSnapshot, "phases">> {
  const { call, capabilities } = connection;
  const params = { case: caseId, ...(number !== null && { attempt: number }) };
  const [{ attempt, turns, steerings = [], approvals = [], live = null, waits }, detail] = await Promise.all([
    call("session/get", params),
    call("case/get", { case: caseId }),
  ]);
  const proof = detail.proofs
    .filter(({ attemptId }) => attemptId === attempt.id)
    .toSorted((a, b) => b.startedAt - a.startedAt)[0];
  return {
    builder: name,
    case: detail.case,
    attempt,
    attempts: detail.attempts
      .map((other) => ({ number: other.number, outcome: other.outcome }))
      .toSorted((a, b) => a.number - b.number),
    turns,
    steerings,
    approvals,
    job: detail.jobs.find(({ id }) => id === attempt.jobId) ?? null,
    ...(waits !== undefined && { waits }),
    live,
    proof: proof ?? null,
    unit: await unitOf(call, attempt.model),
    steerable: capabilities.includes("sessions"),
  };
}

/** The turns after those of the first answer: each answer holds what fits into its bound. */
export async function* fetchTurnsAfter(
  call: Call,
  caseId: string,
  attempt: number,
  after: number | undefined,
): AsyncGenerator<Turn[]> {
  for (let last = after; last !== undefined; ) {
    const { turns } = await call("session/get", { case: caseId, attempt, afterTurn: last });
    if (turns.length > 0) yield turns;
    last = turns.at(-1)?.number;
  }
}

/** Unit of the model's price; "" for one that has none, or a server that does not tell. */
async function unitOf(call: Call, model: string): Promise<string> {
  try {
    const { models } = await call("models/list", {});
    return models.find((info) => info.model === model)?.price?.unit ?? "";
  } catch (error) {
    if (error instanceof ServerError) return "";
    throw error;
  }
}

/** What runs, when it is this attempt. */
export function liveOf(live: SessionLive | null, attemptId: string): SessionLive | null {
  return live?.attemptId === attemptId ? live : null;
}

/** Whether a session of this case may have to show the event; without an attempt (null) any turn may be meant. */
export function isAboutCase(
  { type, payload }: StoredEvent,
  caseId: string,
  attemptId: string | null,
): boolean {
  if (type === "case/changed") return payload.id === caseId;
  if (type === "turn/recorded") return attemptId === null || payload.attemptId === attemptId;
  return "caseId" in payload && payload.caseId === caseId;
}
