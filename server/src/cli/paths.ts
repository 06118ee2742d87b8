import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";

/** What stands at a path; null when nothing does. Throws for what may not be looked at. */
export async function statusAt(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    const isAbsent =
      error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
    if (isAbsent) return null;
    throw error;
  }
}
