import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { decodeValue } from "./encoding.ts";
import { codeOf, EvidenceError, messageOf } from "./errors.ts";

const EVENTS = [
  ...(["run_start", "trees", "run_end"] as const),
  ...(["success", "failure", "ignored", "skipped", "started"] as const),
] as const;
type JournalEvent = (typeof EVENTS)[number];

/** One thing that a hook wrote down; fields that the event does not have are "". */
export interface JournalRecord {
  event: JournalEvent;
  run: string;
  profile: string;
  origin: string;
  /** "" for a port without flavor. */
  flavor: string;
  pkgname: string;
  /** `RUN/BUNDLE` under `bundles/`, "" when there is none. */
  bundle: string;
  /** Every field of the record by name, decoded; `t` is seconds since 1970. */
  fields: Readonly<Record<string, string>>;
  /** Byte offset of the line in the journal. */
  offset: number;
}

/** Where reading goes on, and what recognises a journal that was replaced, or cut and grown again. */
export interface JournalCursor {
  offset: number;
  /** Absent where the journal is reached in a way that tells of no inodes. */
  ino?: number;
  /** Hash of the bytes before the offset; absent at the start, and in cursors of before it was kept. */
  tail?: string;
}

/** A journal as it is reached: its size, what recognises it, and bytes of it, fewer at its end. */
export interface JournalFile {
  size: number;
  ino?: number;
  read(offset: number, length: number): Promise<Buffer>;
}

export interface JournalPage {
  records: JournalRecord[];
  cursor: JournalCursor;
  /** Torn or foreign lines that were skipped in this page. */
  damaged: number;
  /** The journal was replaced or cut, and was read from its start again. */
  restarted: boolean;
  /** The limit was reached, or the page is full otherwise; the next call may find more. */
  more: boolean;
}

/** Told each record of a page in turn; true for the one that is to be its last. */
export type FillsPage = (record: JournalRecord) => boolean;

const WINDOW = 64 * 1024;
const LONGEST_LINE = 16 * 1024;
/** Bytes before a place in the journal by which it is known again. */
const TAIL_BYTES = 256;
const DEFAULT_LIMIT = 1000;
const NEWLINE = 10;
const HEAD = "PW1\t";
const TAIL = "\t.";

/**
 * Reads records from the cursor on, at most `limit`. A last line without its newline stays unread; each whole line
 * is read once. An absent journal is an empty one. Throws EvidenceError when it cannot be read.
 * Format: `hooks/README.md`, "The journal".
 */
export async function readJournal(
  path: string,
  cursor: JournalCursor,
  limit: number = DEFAULT_LIMIT,
  fills?: FillsPage,
): Promise<JournalPage> {
  let handle: FileHandle | undefined;
  try {
    const opened = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    handle = opened;
    const { ino, size } = await opened.stat();
    const read: JournalFile["read"] = async (offset, length) => {
      const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
      const { bytesRead } = await opened.read(buffer, 0, buffer.length, offset);
      return buffer.subarray(0, bytesRead);
    };
    return await readJournalFile({ ino, size, read }, cursor, limit, fills);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return { records: [], cursor, damaged: 0, restarted: false, more: false };
    throw new EvidenceError(`The journal ${path} cannot be read: ${messageOf(error)}`, error);
  } finally {
    await handle?.close();
  }
}

/** `readJournal` for a journal that is reached in another way. Throws what its `read` throws. */
export async function readJournalFile(
  file: JournalFile,
  cursor: JournalCursor,
  limit: number,
  fills: FillsPage = () => false,
): Promise<JournalPage> {
  const restarted = cursor.offset > 0 && !(await continues(file, cursor));
  const page: JournalPage = { records: [], cursor, damaged: 0, restarted, more: limit <= 0 };
  const start = restarted ? 0 : cursor.offset;
  let offset = start;
  while (!page.more) {
    const window = await file.read(offset, WINDOW);
    const used = takeLines(window, offset, limit, fills, page);
    if (used === 0 && window.length <= LONGEST_LINE) break;
    if (used === 0) page.damaged++;
    offset += used === 0 ? await restOfLine(file, offset) : used;
    if (window.length < WINDOW && used === 0) break;
  }
  if (offset !== start || restarted || cursor.tail === undefined) page.cursor = await cursorAt(file, offset);
  return page;
}

async function cursorAt(file: JournalFile, offset: number): Promise<JournalCursor> {
  const place = file.ino === undefined ? { offset } : { offset, ino: file.ino };
  return offset === 0 ? place : { ...place, tail: await tailAt(file, offset) };
}

async function tailAt({ read }: JournalFile, offset: number): Promise<string> {
  const start = Math.max(0, offset - TAIL_BYTES);
  return createHash("sha256")
    .update(await read(start, offset - start))
    .digest("hex");
}

/** Whether the cursor still stands at the end of a line of the same file. */
async function continues(file: JournalFile, { offset, ino, tail }: JournalCursor): Promise<boolean> {
  if ((ino !== undefined && ino !== file.ino) || file.size < offset) return false;
  if (tail !== undefined) return (await tailAt(file, offset)) === tail;
  return (await file.read(offset - 1, 1))[0] === NEWLINE;
}

/** Parses the whole lines of a window into the page; returns how many bytes they took. */
function takeLines(window: Buffer, base: number, limit: number, fills: FillsPage, page: JournalPage): number {
  let start = 0;
  while (!page.more) {
    const end = window.indexOf(NEWLINE, start);
    if (end < 0) break;
    const record = takeLine(window.toString("latin1", start, end), base + start, page);
    start = end + 1;
    page.more = record !== null && (fills(record) || page.records.length >= limit);
  }
  return start;
}

/** The record that was added to the page; null when it was none. */
function takeLine(line: string, offset: number, page: JournalPage): JournalRecord | null {
  const whole = Math.max(0, line.lastIndexOf(`${HEAD}ev=`));
  if (whole > 0) page.damaged++;
  const text = line.slice(whole);
  if (text === "" && whole === 0) return null;
  const isFramed = text.startsWith(HEAD) && text.endsWith(TAIL) && text.length <= LONGEST_LINE;
  const record = isFramed
    ? parseRecord(text.slice(HEAD.length, -TAIL.length), offset + whole)
    : ("damaged" as const);
  if (record === "damaged") page.damaged++;
  if (record === "damaged" || record === null) return null;
  page.records.push(record);
  return record;
}

/** Null for an event of a later version, which is to be ignored. */
function parseRecord(body: string, offset: number): JournalRecord | "damaged" | null {
  const fields: Record<string, string> = Object.create(null);
  for (const field of body.split("\t")) {
    const equals = field.indexOf("=");
    if (equals <= 0) return "damaged";
    fields[field.slice(0, equals)] = decodeValue(field.slice(equals + 1));
  }
  const event = EVENTS.find((name) => name === fields.ev);
  if (fields.run === undefined || fields.ev === undefined) return "damaged";
  if (!event) return null;
  return {
    event,
    run: fields.run,
    profile: fields.profile ?? "",
    origin: fields.origin ?? "",
    flavor: fields.flavor ?? "",
    pkgname: fields.pkgname ?? "",
    bundle: fields.bundle ?? "",
    fields: { ...fields },
    offset,
  };
}

/** Length of a line too long to be a record, its newline included, or what there is of it. */
async function restOfLine({ read }: JournalFile, offset: number): Promise<number> {
  let length = 0;
  for (;;) {
    const window = await read(offset + length, WINDOW);
    const end = window.indexOf(NEWLINE);
    if (end >= 0) return length + end + 1;
    length += window.length;
    if (window.length < WINDOW) return length;
  }
}
