import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { EvidenceError } from "../errors.ts";
import type { SftpFiles } from "./sftpFiles.ts";

/** Bounds of one bundle; those of the hooks are narrower (`hooks/README.md`). */
const mostFiles = 1000;
const deepest = 8;
const largestFile = 1 << 20;
const largestLog = 512 << 20;
const largestBundle = 576 << 20;

interface Taken {
  files: number;
  bytes: number;
}

/**
 * Copies a bundle's folder into one here. Links and special files stay where they are. Throws EvidenceError when it is
 * absent, or is not what hooks write; then there never will be one.
 */
export async function copyBundle(files: SftpFiles, from: string, to: string): Promise<void> {
  await copyFolder(files, from, to, { files: 0, bytes: 0 }, 0);
}

async function copyFolder(
  files: SftpFiles,
  from: string,
  to: string,
  taken: Taken,
  depth: number,
): Promise<void> {
  const entries = await files.entries(from, mostFiles + 1);
  if (entries === null) throw new EvidenceError(`${from} does not exist on the builder's host.`);
  if (taken.files + entries.length > mostFiles)
    throw new EvidenceError(`${from} is larger than bundles are.`);
  if (depth > deepest) throw new EvidenceError(`${from} is deeper than bundles are.`);
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const { name, kind, bytes } of entries) {
    // It becomes part of a path on this host.
    if (/[/\0]/.test(name) || name === "" || name === "." || name === ".." || name.length > 255)
      throw new EvidenceError(
        `${from} names a file that no hook writes: ${JSON.stringify(name.slice(0, 100))}.`,
      );
    const [source, target] = [`${from}/${name}`, join(to, name)];
    if (kind === "folder") await copyFolder(files, source, target, taken, depth + 1);
    if (kind !== "file") continue;
    const limit = depth === 1 && name.startsWith("full.log") ? largestLog : largestFile;
    taken.files++;
    if (taken.bytes + bytes > largestBundle) throw new EvidenceError(`${from} is larger than bundles are.`);
    taken.bytes += (await files.copy(source, target, Math.min(limit, largestBundle - taken.bytes))) ?? 0;
  }
}
