import type { Attempt, Job, Note } from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";
import type { Piece } from "../briefing/assemble.ts";

const mostComments = 200;

/**
 * What an attempt is told by people: the words of its job, the newest context of the case, and the comments on the diff
 * that were made to steer since the attempt before it began, newest first.
 */
export function porterWords(
  store: Pick<Store, "notes">,
  { caseId, context }: Pick<Job, "caseId" | "context">,
  earlier: readonly Attempt[],
): Piece[] {
  const since = Math.max(0, ...earlier.map(({ startedAt }) => startedAt));
  const [standing] = store.notes({ caseId, kind: "context" }, { limit: 1 }).items;
  const comments = store
    .notes({ caseId, kind: "comment" }, { limit: mostComments })
    .items.filter(({ steers, at = 0 }) => steers === true && at >= since);
  return [
    { name: "request", text: context },
    { name: "context", text: standing?.text ?? "" },
    ...comments.map(commentPiece),
  ].filter(({ text }) => text !== "");
}

function commentPiece({ anchor, text }: Note): Piece {
  const place = anchor && `${anchor.path}:${anchor.line}`;
  return { name: place ?? "comment", text: place === undefined ? text : `${place}: ${text}` };
}
