import { type FileHandle, open } from "node:fs/promises";
import type { Stats } from "ssh2";
import { messageOf } from "../errors.ts";
import type { FileSource } from "../results/files.ts";
import type { SshSession } from "./connection.ts";
import { RemoteError } from "./error.ts";

const piece = 32 * 1024;
/** Pieces that are asked for together. */
const together = 16;
const mostNames = 20_000;
const longestName = 1024;

/** SFTP status codes (draft-ietf-secsh-filexfer-02, 7). */
const endOfFile = 1;
const noSuchFile = 2;
const permissionDenied = 3;

/** An entry of a far folder; links and other special files are `other`. */
interface FarEntry {
  name: string;
  kind: "file" | "folder" | "other";
  bytes: number;
}

export interface SftpFiles extends FileSource {
  /** At most so many entries of a folder, sorted by name; null when it is absent. */
  entries(path: string, most: number): Promise<FarEntry[] | null>;
  /** Copies a regular file into one that is made here, and is its size; null when it is absent or larger than `limit`. */
  copy(path: string, to: string, limit: number): Promise<number | null>;
}

type Answer<T> = (error: Error | undefined | null, value: T) => void;

/**
 * Files of a far host. Names come from there and are never joined to a local path here. Throws RemoteError protocol for
 * an answer that does not come in time, or that makes no sense; absence is `null`.
 */
export function sftpFiles({ sftp, answerMs, ended }: SshSession): SftpFiles {
  const waiting = new Set<(reason: RemoteError) => void>();
  let over: RemoteError | null = null;
  void ended.then((reason) => {
    over = reason;
    for (const reject of waiting) reject(reason);
  });

  /** `null` for what is absent or not for us; "end" for a read or a listing beyond the end. */
  function ask<T>(what: string, question: (answer: Answer<T>) => void): Promise<T | null | "end"> {
    return new Promise((resolve, reject) => {
      if (over !== null) {
        reject(over);
        return;
      }
      const settle = (act: () => void) => {
        clearTimeout(timer);
        waiting.delete(fail);
        act();
      };
      const fail = (reason: RemoteError) => settle(() => reject(reason));
      const timer = setTimeout(
        () => fail(new RemoteError("unreachable", `${what}: no answer in time.`)),
        answerMs,
      );
      waiting.add(fail);
      question((error, value) => {
        const code = error && "code" in error ? error.code : undefined;
        if (!error) settle(() => resolve(value));
        else if (code === endOfFile) settle(() => resolve("end"));
        else if (code === noSuchFile || code === permissionDenied) settle(() => resolve(null));
        else fail(new RemoteError("protocol", `${what}: ${messageOf(error)}`, error));
      });
    });
  }

  async function status(path: string): Promise<Stats | null> {
    const found = await ask<Stats>(`lstat ${path}`, (answer) => sftp.lstat(path, answer));
    return found === "end" ? null : found;
  }

  async function withHandle<T>(path: string, act: (handle: Buffer) => Promise<T>): Promise<T | null> {
    const handle = await ask<Buffer>(`open ${path}`, (answer) => sftp.open(path, "r", answer));
    if (handle === null || handle === "end") return null;
    try {
      return await act(handle);
    } finally {
      sftp.close(handle, () => {});
    }
  }

  /** Fewer bytes than asked for mean the end of the file. */
  async function readPieces(path: string, handle: Buffer, offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    const starts = Array.from({ length: Math.ceil(length / piece) }, (_, index) => index * piece);
    const sizes = await Promise.all(
      starts.map(async (start) => {
        const wanted = Math.min(piece, length - start);
        const read = await ask<number>(`read ${path}`, (answer) =>
          sftp.read(handle, buffer, start, wanted, offset + start, answer),
        );
        return typeof read === "number" ? Math.min(read, wanted) : 0;
      }),
    );
    const short = sizes.findIndex((size, index) => size < Math.min(piece, length - (starts[index] ?? 0)));
    return short < 0 ? buffer : buffer.subarray(0, (starts[short] ?? 0) + (sizes[short] ?? 0));
  }

  async function* windows(path: string, handle: Buffer, offset: number, length: number) {
    let place = 0;
    while (place < length) {
      const wanted = Math.min(piece * together, length - place);
      const window = await readPieces(path, handle, offset + place, wanted);
      if (window.length > 0) yield window;
      place += window.length;
      // A server may give less than it was asked for; only nothing at all is the end.
      if (window.length === 0) return;
    }
  }

  async function entries(path: string, most: number): Promise<FarEntry[] | null> {
    const handle = await ask<Buffer>(`opendir ${path}`, (answer) => sftp.opendir(path, answer));
    if (handle === null || handle === "end") return null;
    const found: FarEntry[] = [];
    try {
      while (found.length < most) {
        const list = await ask<{ filename: string; attrs: Stats }[]>(`readdir ${path}`, (answer) =>
          sftp.readdir(handle, answer as never),
        );
        if (list === null || list === "end" || list.length === 0) break;
        for (const { filename, attrs } of list.slice(0, most - found.length))
          if (filename.length <= longestName) found.push(entryOf(filename, attrs));
      }
    } finally {
      sftp.close(handle, () => {});
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  return {
    entries,
    async read(path, offset, length) {
      const found = await status(path);
      if (!found?.isFile()) return null;
      const size = Math.max(0, Math.min(length, found.size - offset));
      return withHandle(path, async (handle) => {
        const read: Buffer[] = [];
        for await (const window of windows(path, handle, offset, size)) read.push(window);
        return Buffer.concat(read);
      });
    },
    async stat(path) {
      const found = await status(path);
      return found?.isFile() ? { bytes: found.size, modifiedAt: found.mtime * 1000 } : null;
    },
    async names(path) {
      return ((await entries(path, mostNames)) ?? []).map(({ name }) => name);
    },
    async copy(path, to, limit) {
      const found = await status(path);
      if (!found?.isFile() || found.size > limit) return null;
      return withHandle(path, async (handle) => {
        let file: FileHandle | undefined;
        try {
          file = await open(to, "wx", 0o600);
          let bytes = 0;
          for await (const window of windows(path, handle, 0, found.size)) {
            await file.writeFile(window);
            bytes += window.length;
          }
          return bytes;
        } finally {
          await file?.close();
        }
      });
    },
  };
}

function entryOf(name: string, attrs: Stats): FarEntry {
  return {
    name,
    kind: attrs.isFile() ? "file" : attrs.isDirectory() ? "folder" : "other",
    bytes: attrs.size,
  };
}
