import { join } from "node:path";
import { decodeValue } from "./encoding.ts";
import { type FillsPage, type JournalCursor, type JournalPage, readJournal } from "./journal.ts";
import { type FileSource, localFiles } from "./results/files.ts";

/** The evidence tree of one builder's host (`hooks/README.md`), and what else there is to read on that host. */
export interface Spool {
  /** Name of the far builder that it is read from; "" for this host. */
  readonly builder: string;
  /** The evidence folder, as that host names it. */
  readonly root: string;
  readonly files: FileSource;
  /** As in evidence/journal.ts. */
  readJournal(cursor: JournalCursor, limit: number, fills?: FillsPage): Promise<JournalPage>;
  /** Size of the journal as far as it is known. */
  journalBytes(): Promise<number>;
  /** A folder of this host that holds the bundle `RUN/BUNDLE`; a far one is brought here first. */
  bundleFolder(ref: string): Promise<string>;
  /** Path on this host of a file that a path of that host names; null when it is not there, or too large to bring. */
  fetchFile(path: string): Promise<string | null>;
  /** What was brought here for the sake of taking it may go: it is in the store now. */
  release(): Promise<void>;
}

/** The evidence tree of this host. */
export function localSpool(root: string): Spool {
  const journal = join(root, "journal", "events.log");
  return {
    builder: "",
    root,
    files: localFiles,
    readJournal: (cursor, limit, fills) => readJournal(journal, cursor, limit, fills),
    journalBytes: async () => (await localFiles.stat(journal))?.bytes ?? 0,
    bundleFolder: async (ref) => join(root, "bundles", ref),
    fetchFile: async (path) => ((await localFiles.stat(path)) === null ? null : path),
    release: async () => {},
  };
}

/** Longest `meta.txt`, `start.txt` or `end.txt` that is read. */
const longestFields = 64 * 1024;

/** Decoded `key=value` lines of a spool's file; `null` when there is none. */
export async function readFields(files: FileSource, path: string): Promise<Record<string, string> | null> {
  const content = await files.read(path, 0, longestFields);
  if (content === null) return null;
  const fields: Record<string, string> = Object.create(null);
  for (const line of content.toString("latin1").split("\n")) {
    const equals = line.indexOf("=");
    if (equals > 0) fields[line.slice(0, equals)] = decodeValue(line.slice(equals + 1));
  }
  return fields;
}
