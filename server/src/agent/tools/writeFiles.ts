import { sha256 } from "./text.ts";
import type { ToolContext } from "./types.ts";

/** A file before and after an edit; null where it is not there. */
interface FileWrite {
  path: string;
  before: Buffer | null;
  content: Buffer | null;
}

/**
 * Writes files as one edit. Where that makes a change that is known to be of no use, all are as before, and the reason is
 * returned.
 */
export async function writeFiles(
  { environment, failedDiffs }: Pick<ToolContext, "environment" | "failedDiffs">,
  writes: readonly FileWrite[],
): Promise<string | null> {
  const { files } = environment;
  const put = (path: string, content: Buffer | null) =>
    content === null ? files.remove(path) : files.write(path, content);
  for (const { path, content } of writes) await put(path, content);
  const why = failedDiffs.size === 0 ? undefined : failedDiffs.get(sha256(await environment.diff()));
  if (why === undefined) return null;
  for (const { path, before } of writes) await put(path, before);
  return `not made: ${why}. Try another way; where it is one step of several, make the others first`;
}
