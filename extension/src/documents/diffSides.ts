import type { Artifact } from "@portwright/server/protocol";
import { applyFileDiff, parseUnifiedDiff } from "@portwright/server/unifiedDiff";
import type { Call } from "../connection/client.ts";
import { readText } from "./content.ts";
import type { DocumentReference } from "./reference.ts";

interface FindSidesOptions {
  /** Blob of the diff. */
  sha256: string;
  diff: string;
  origin: string;
  /** Of the failure's bundle: `port/PATH` is the file PATH of the port's folder. */
  artifacts: readonly Artifact[];
}

/**
 * The documents before and after a diff of one file. Null for several files, and for a changed file whose original
 * the evidence does not hold: a file there counts only when the diff fits it exactly.
 */
export async function findSides(
  call: Call,
  { sha256, diff, origin, artifacts }: FindSidesOptions,
): Promise<{ left: DocumentReference; right: DocumentReference } | null> {
  const [file, ...more] = parseUnifiedDiff(diff) ?? [];
  if (!file || more.length > 0) return null;
  const { oldPath, newPath } = file;
  if (newPath === null)
    return oldPath === null
      ? null
      : {
          left: { kind: "removed", diff: sha256, name: oldPath },
          right: { kind: "empty", name: oldPath },
        };
  const right = { kind: "patched", diff: sha256, name: newPath } as const;
  if (oldPath === null)
    return { left: { kind: "empty", name: newPath }, right: { ...right, original: null } };

  const folder = `ports/${origin}/`;
  const name = oldPath.startsWith(folder) ? `port/${oldPath.slice(folder.length)}` : null;
  const original = artifacts.find((artifact) => artifact.name === name);
  if (!original || applyFileDiff(await readText(call, original.sha256), file) === null) return null;
  return {
    left: { kind: "artifact", sha256: original.sha256, name: oldPath },
    right: { ...right, original: original.sha256 },
  };
}
