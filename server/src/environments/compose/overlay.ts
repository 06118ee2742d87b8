import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ComposeError } from "./errors.ts";
import { isFile, isLink } from "./files.ts";

/**
 * First word of an overlay port's STATUS file: PORT merges the overlay into the upstream port, DPORT takes the
 * port from newport/, MASK leaves it out, LOCK keeps what was composed before.
 */
export const overlayStatuses = ["PORT", "DPORT", "MASK", "LOCK"] as const;
export type OverlayStatus = (typeof overlayStatuses)[number];

/** First word of the STATUS file of the overlay port in `folder`; without one, PORT. */
export async function readStatus(folder: string): Promise<string> {
  const path = join(folder, "STATUS");
  if (!(await isFile(path))) return "PORT";
  return (await readText(path)).trim().split(/\s+/)[0] ?? "";
}

export function isOverlayStatus(word: string): word is OverlayStatus {
  return (overlayStatuses as readonly string[]).includes(word);
}

/** Paths that diffs/REMOVE names, one a line; blank lines and lines starting with # do not count. */
export async function readRemovals(path: string): Promise<string[]> {
  const lines = (await readText(path)).split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

/** True for a relative path that stays below `folder`, also after links have been followed. */
export async function staysInside(folder: string, path: string): Promise<boolean> {
  if (path.startsWith("/") || path.includes("\0") || path.split("/").includes("..")) return false;
  const parts = path.split("/");
  for (let depth = 1; depth <= parts.length; depth++) {
    if (await isLink(join(folder, ...parts.slice(0, depth)))) return false;
  }
  return true;
}

/** Paths that a diff names, indented as patch(1) also takes them, without those of /dev/null. */
export async function diffTargets(diffPath: string): Promise<string[]> {
  const names = (await readText(diffPath)).matchAll(/^[ \tX]*(?:\+\+\+|---|\*\*\*|Index:)[ \t]+([^\t\n]+)/gm);
  return [...new Set([...names].map(([, name = ""]) => name.trim()))].filter((name) => name !== "/dev/null");
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new ComposeError(`cannot read ${path}`, cause);
  }
}
