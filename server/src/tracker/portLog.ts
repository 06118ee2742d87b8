import { EvidenceError } from "../evidence/errors.ts";
import { importSource } from "../evidence/import.ts";
import type { FileSource } from "../evidence/results/files.ts";
import type { Spool } from "../evidence/spool.ts";
import type { BlobStore } from "../store/types.ts";
import type { Evidence } from "./apply.ts";
import { takeFiles } from "./evidence.ts";
import type { RunStart } from "./runFolders.ts";

/** The end of a log in which its last phase's banner is looked for, in bytes. */
const tail = 256 * 1024;

/** dsynth's log of a port; only the first `/` is replaced, and an origin has no other. */
function logOf(logs: string, origin: string, flavor: string): string {
  return `${logs}/${origin.replace("/", "___")}${flavor === "" ? "" : `@${flavor}`}.log`;
}

/** The log of this run alone: changed after its start, and not after its end (milliseconds) where that is known. */
async function isOfRun(
  { files }: Spool,
  path: string,
  { mark }: RunStart,
  until: number | null,
): Promise<boolean> {
  const status = await files.stat(path);
  return status !== null && status.modifiedAt > mark && (until === null || status.modifiedAt <= until);
}

/**
 * Whether a success that no hook told of made a package: `package`, `nothing` where only distfiles were fetched, and ""
 * when the log is no more there to tell.
 */
export async function madeBy(
  spool: Spool,
  start: RunStart,
  origin: string,
  flavor: string,
  until: number | null,
): Promise<"package" | "nothing" | ""> {
  const path = logOf(start.logs, origin, flavor);
  return (await isOfRun(spool, path, start, until)) ? madeByLog(spool.files, start.logs, origin, flavor) : "";
}

/** The same of whatever log of the port stands in a folder. */
export async function madeByLog(
  files: FileSource,
  logs: string,
  origin: string,
  flavor: string,
): Promise<"package" | "nothing" | ""> {
  const path = logOf(logs, origin, flavor);
  const status = await files.stat(path);
  const end = status && (await files.read(path, Math.max(0, status.bytes - tail), tail));
  if (end === null) return "";
  return /^-- Phase: package\r?$/m.test(end.toString("latin1")) ? "package" : "nothing";
}

/** What the port's log says of a failure that left no bundle; null when the log is not there any more. */
export async function logEvidence(
  spool: Spool,
  start: RunStart,
  port: { origin: string; flavor: string; id: string },
  until: number | null,
  blobs: BlobStore,
): Promise<Evidence | null> {
  const remote = logOf(start.logs, port.origin, port.flavor);
  if (!(await isOfRun(spool, remote, start, until))) return null;
  const path = await spool.fetchFile(remote);
  if (path === null) return null;
  try {
    const item = await importSource({ kind: "log", path });
    const { artifacts, problems } = await takeFiles([{ name: "logs/full.log", path }], blobs);
    const told = ["The hooks left no bundle: this is the builder's own log.", ...item.problems, ...problems];
    return { id: port.id, diagnosis: item.distillation, artifacts, problems: told, target: "" };
  } catch (error) {
    // It went away, or another run began to write it.
    if (error instanceof EvidenceError) return null;
    throw error;
  }
}
