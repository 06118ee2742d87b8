import {
  constants,
  type Dirent,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  type Stats,
} from "node:fs";
import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { decodeValue } from "./encoding.ts";
import { codeOf, EvidenceError, messageOf } from "./errors.ts";

const META_BYTES = 64 * 1024;
const FILE_BYTES = 1024 * 1024;
const FILES = 600;
const DEPTH = 8;
const LOGS = ["logs/full.log.gz", "logs/full.log", "logs/errors.txt"] as const;
const FOLDERS = ["port", "options", "profile"] as const;

/** A file of a bundle; `path` is relative to the bundle, with `/`. */
export interface BundleFile {
  path: string;
  bytes: number;
}

/** What a bundle folder holds, without its log read. Format: `hooks/README.md`, "The evidence tree". */
export interface BundleFolder {
  /** Absolute path with links resolved. */
  directory: string;
  /** Decoded fields of `meta.txt`; empty when it is missing. */
  meta: Record<string, string>;
  /** Path of the log, relative; null when there is none. */
  logPath: string | null;
  files: Record<(typeof FOLDERS)[number], BundleFile[]>;
  problems: string[];
}

/**
 * Looks through a bundle folder, which is small and mostly fresh from its hook: each look by itself takes less than
 * waiting for it. Throws EvidenceError when the folder itself is absent or no folder.
 */
export function readBundle(path: string): BundleFolder {
  const directory = folderOf(path);
  const problems: string[] = [];
  const meta = readMeta(directory, problems);
  const logPath = findLog(directory, problems);
  const files = { port: [], options: [], profile: [] } as BundleFolder["files"];
  for (const folder of FOLDERS) listFiles(directory, folder, files[folder], problems, 0);
  if (meta.cut) problems.push(`the builder's host left out: ${meta.cut}`);
  if (meta.log_state && !["kept", "unverified"].includes(meta.log_state)) {
    problems.push(`the builder's log was ${meta.log_state}`);
  }
  return { directory, meta, logPath, files, problems };
}

/**
 * Bytes of one file of a bundle. Throws EvidenceError for a path that leads out of the folder or through a
 * link, and for a file over 1 MB.
 */
export function readBundleFile(directory: string, path: string): Buffer {
  const root = folderOf(directory);
  const wanted = join(root, path);
  try {
    if (!wanted.startsWith(root + sep) || realpathSync.native(wanted) !== wanted) {
      throw new EvidenceError(`${path} leads out of the bundle.`);
    }
    const status = lstatSync(wanted);
    if (!status.isFile() || status.size > FILE_BYTES)
      throw new EvidenceError(`${path} is no file of at most 1 MB.`);
    return readFileSync(wanted, { flag: constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK });
  } catch (error) {
    if (error instanceof EvidenceError) throw error;
    throw new EvidenceError(`${path} of the bundle cannot be read: ${messageOf(error)}`, error);
  }
}

/** Whether a folder looks like a bundle. */
export async function isBundle(path: string): Promise<boolean> {
  const names: string[] = await readdir(path).catch(() => []);
  return names.includes("meta.txt") && names.includes("logs");
}

function folderOf(path: string): string {
  try {
    const directory = realpathSync.native(path);
    if (!lstatSync(directory).isDirectory()) throw new Error("it is not a folder");
    return directory;
  } catch (error) {
    const what = codeOf(error) === "ENOENT" ? "it does not exist" : messageOf(error);
    throw new EvidenceError(`The bundle ${path} cannot be read: ${what}.`, error);
  }
}

function readMeta(directory: string, problems: string[]): Record<string, string> {
  const meta: Record<string, string> = {};
  try {
    const bytes = readBundleFile(directory, "meta.txt");
    if (bytes.length > META_BYTES)
      problems.push(`meta.txt is longer than ${META_BYTES} bytes; the rest was left out`);
    for (const line of bytes.subarray(0, META_BYTES).toString("latin1").split("\n")) {
      const equals = line.indexOf("=");
      if (equals > 0 && /^[\w.-]{1,64}$/.test(line.slice(0, equals))) {
        meta[line.slice(0, equals)] = decodeValue(line.slice(equals + 1));
      } else if (line !== "") problems.push("meta.txt holds a line that is no key=value");
    }
  } catch (error) {
    problems.push(messageOf(error));
  }
  return meta;
}

function findLog(directory: string, problems: string[]): string | null {
  for (const path of LOGS) {
    const wanted = join(directory, path);
    const status = statusOf(wanted);
    if (!status) continue;
    const plain = status.isFile() && realpathSync.native(wanted) === wanted;
    if (!plain) problems.push(`${path} is a link or no regular file and was not read`);
    else if (path === "logs/errors.txt")
      problems.push("there is no full log; the hook's extract was read instead");
    if (plain) return path;
  }
  problems.push("there is no log");
  return null;
}

function listFiles(root: string, path: string, files: BundleFile[], problems: string[], depth: number): void {
  let entries: Dirent[] = [];
  try {
    entries = readdirSync(join(root, path), { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) !== "ENOENT") problems.push(`${path} cannot be listed: ${messageOf(error)}`);
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = `${path}/${entry.name}`;
    if (files.length >= FILES || depth >= DEPTH) {
      problems.push(`${path} holds more than was read (limits: ${FILES} files, ${DEPTH} levels)`);
      return;
    }
    if (entry.isDirectory()) listFiles(root, name, files, problems, depth + 1);
    else if (!entry.isFile()) problems.push(`${name} is a link or no regular file and was left out`);
    else addFile(root, name, files, problems);
  }
}

function addFile(root: string, path: string, files: BundleFile[], problems: string[]): void {
  const status = statusOf(join(root, path));
  if (!status) problems.push(`${path} vanished while the bundle was read`);
  else if (status.size > FILE_BYTES)
    problems.push(`${path} is longer than ${FILE_BYTES} bytes and was left out`);
  else files.push({ path, bytes: status.size });
}

/** Of the path itself, not of what it links to; null when it is not there, or not to be seen. */
export function statusOf(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}
