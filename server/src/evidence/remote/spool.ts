import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readJournalFile } from "../journal.ts";
import type { Spool } from "../spool.ts";
import { copyBundle } from "./bundle.ts";
import { openSession, type SshOptions, type SshSession } from "./connection.ts";
import { RemoteError } from "./error.ts";
import { type SftpFiles, sftpFiles } from "./sftpFiles.ts";

export interface RemoteSpoolOptions {
  /** Of the builder; names its runs too. */
  name: string;
  ssh: SshOptions;
  /** The evidence folder on that host, absolute. */
  evidence: string;
  /** Folder of this host for what is on its way into the store; emptied whenever it is there. */
  mirror: string;
}

export interface RemoteSpool extends Spool {
  /** Throws RemoteError; see `openSession`. */
  connect(signal: AbortSignal): Promise<void>;
  disconnect(): void;
}

const largestLog = 512 << 20;

/** The evidence tree of another host, over SFTP. Everything but `connect` throws RemoteError while there is no connection. */
export function remoteSpool({ name, ssh, evidence, mirror }: RemoteSpoolOptions): RemoteSpool {
  const journal = `${evidence}/journal/events.log`;
  const bundles = new Map<string, Promise<string>>();
  let session: SshSession | null = null;
  let files: SftpFiles | null = null;
  let journalBytes = 0;
  let copied = 0;

  function connected(): SftpFiles {
    if (files === null) throw new RemoteError("unreachable", `There is no connection to ${name}.`);
    return files;
  }

  const readJournal: Spool["readJournal"] = async (cursor, limit, fills) => {
    const status = await connected().stat(journal);
    journalBytes = status?.bytes ?? 0;
    if (status === null || status.bytes === cursor.offset)
      return { records: [], cursor, damaged: 0, restarted: false, more: false };
    const read = async (from: number, length: number) =>
      (await connected().read(journal, from, length)) ?? Buffer.alloc(0);
    return await readJournalFile({ size: status.bytes, read }, cursor, limit, fills);
  };

  async function bring(ref: string): Promise<string> {
    const folder = join(mirror, "bundles", ref);
    await rm(folder, { recursive: true, force: true });
    await copyBundle(connected(), `${evidence}/bundles/${ref}`, folder);
    return folder;
  }

  return {
    builder: name,
    root: evidence,
    files: {
      read: (path, offset, length) => connected().read(path, offset, length),
      stat: (path) => connected().stat(path),
      names: (path) => connected().names(path),
    },
    readJournal,
    journalBytes: async () => journalBytes,
    bundleFolder(ref) {
      const brought = bundles.get(ref) ?? bring(ref);
      bundles.set(ref, brought);
      brought.catch(() => bundles.delete(ref));
      return brought;
    },
    async fetchFile(path) {
      await mkdir(join(mirror, "files"), { recursive: true, mode: 0o700 });
      const to = join(mirror, "files", String(++copied));
      return (await connected().copy(path, to, largestLog)) === null ? null : to;
    },
    async release() {
      if (bundles.size === 0 && copied === 0) return;
      bundles.clear();
      copied = 0;
      await rm(mirror, { recursive: true, force: true });
    },
    async connect(signal) {
      session?.close();
      await rm(mirror, { recursive: true, force: true });
      bundles.clear();
      copied = 0;
      session = await openSession(ssh, signal);
      files = sftpFiles(session);
    },
    disconnect() {
      session?.close();
      session = null;
      files = null;
    },
  };
}
