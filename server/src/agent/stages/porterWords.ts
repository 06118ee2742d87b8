import type { Attempt, Job, Note } from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";

/** Characters of all that the porter says, and comments that are looked at. */
const mostCharacters = 7800;
const mostComments = 200;

/**
 * What an attempt is told by people: the words of its job, the newest context of the case, and the comments on the diff
 * that were made to steer since the attempt before it began, newest first. What finds no room is left out from the end.
 */
export function porterWords(
  store: Pick<Store, "notes">,
  { caseId, context }: Pick<Job, "caseId" | "context">,
  earlier: readonly Attempt[],
): string {
  const since = Math.max(0, ...earlier.map(({ startedAt }) => startedAt));
  const [standing] = store.notes({ caseId, kind: "context" }, { limit: 1 }).items;
  const comments = store
    .notes({ caseId, kind: "comment" }, { limit: mostComments })
    .items.filter(({ steers, at = 0 }) => steers === true && at >= since);
  const parts = [context, standing?.text ?? "", ...comments.map(commentLine)].filter((text) => text !== "");
  const told: string[] = [];
  let room = mostCharacters;
  for (const part of parts) {
    if (room <= 0) break;
    told.push(part.slice(0, room));
    room -= part.length + 2;
  }
  const left = parts.length - told.length;
  return [...told, ...(left > 0 ? [`(${left} older ones are left out)`] : [])].join("\n\n");
}

function commentLine({ anchor, text }: Note): string {
  return anchor === undefined ? text : `${anchor.path}:${anchor.line}: ${text}`;
}
