import { createHash } from "node:crypto";
import { join } from "node:path";
import { portEntries } from "./files.ts";

/** The two trees that a port is composed from; absolute paths. */
export interface SourceTrees {
  upstream: string;
  overlay: string;
}

/**
 * SHA-256 (hex) over names and contents of a port's upstream and overlay folder: equal exactly when composing
 * would start from the same input, whatever the dates, owners or order of the files. It binds a build to what
 * was composed. An absent folder counts as empty.
 */
export async function originInputHash(trees: SourceTrees, origin: string): Promise<string> {
  return hashOf([
    ["upstream", join(trees.upstream, origin)],
    ["overlay", join(trees.overlay, "ports", origin)],
  ]);
}

/** The same over one folder. */
export const folderHash = (folder: string): Promise<string> => hashOf([["folder", folder]]);

async function hashOf(folders: readonly (readonly [side: string, folder: string])[]): Promise<string> {
  const hash = createHash("sha256");
  for (const [side, folder] of folders) {
    for await (const { path, kind, content } of portEntries(folder)) {
      hash.update(JSON.stringify([side, path, kind, content.length]));
      hash.update(content);
    }
  }
  return hash.digest("hex");
}
