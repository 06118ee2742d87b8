import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ComposeError } from "./errors.ts";
import { isFile } from "./files.ts";

/**
 * First word of an overlay port's STATUS file: PORT merges the overlay into the upstream port, DPORT takes the
 * port from newport/, MASK leaves it out, LOCK keeps what was composed before.
 */
export const overlayStatuses = ["PORT", "DPORT", "MASK", "LOCK"] as const;
export type OverlayStatus = (typeof overlayStatuses)[number];

/** Status of the overlay port in `folder`; without a STATUS file, PORT. */
export async function readStatus(folder: string): Promise<OverlayStatus> {
  const path = join(folder, "STATUS");
  if (!(await isFile(path))) return "PORT";
  const word = (await readText(path)).trim().split(/\s+/)[0] ?? "";
  const status = overlayStatuses.find((known) => known === word);
  if (status === undefined)
    throw new ComposeError(`${path}: "${word}" is not one of ${overlayStatuses.join(", ")}`);
  return status;
}

/** Paths that diffs/REMOVE names, one a line; blank lines and lines starting with # do not count. */
export async function readRemovals(path: string): Promise<string[]> {
  const lines = (await readText(path)).split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

/** True for a relative path that stays below the folder it is joined to. */
export function staysInside(path: string): boolean {
  return !path.startsWith("/") && !path.includes("\0") && !path.split("/").includes("..");
}

/** Files that a unified diff names and that lie outside the port, which patch(1) must not be asked to touch. */
export async function strayTargets(diffPath: string): Promise<string[]> {
  const names = (await readText(diffPath)).matchAll(/^(?:\+\+\+|---|\*\*\*|Index:) ([^\t\n]+)/gm);
  return [...names]
    .map(([, name = ""]) => name.trim())
    .filter((name) => name !== "/dev/null" && !staysInside(name));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new ComposeError(`cannot read ${path}`, cause);
  }
}
