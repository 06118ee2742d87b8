import type { Case } from "@portwright/server/protocol";
import type { Call } from "../connection/client.ts";
import type { CaseWish } from "./actions.ts";
import { shownStates } from "./portFilter.ts";

/** Cases of a builder that a person may pick from; a search finds others. */
const mostOffered = 200;

/** Those that fit, what waits for a person first; `isAll` is false where further ones were not looked at. */
export async function offeredCases(
  call: Call,
  { states = shownStates, fits }: CaseWish,
  text: string,
  signal: AbortSignal,
): Promise<{ cases: Case[]; isAll: boolean }> {
  const wanted = { states: [...states], order: "attention" as const, ...(text && { text }) };
  const { cases, nextCursor } = await call("cases/list", { ...wanted, limit: mostOffered }, signal);
  return { cases: cases.filter(fits), isAll: nextCursor === null };
}
