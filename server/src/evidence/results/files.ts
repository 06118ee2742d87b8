import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { codeOf } from "../errors.ts";

/**
 * Files of the host that a builder runs on, wherever that is. Links are not followed in the last place of a path; a file
 * that is absent, no regular one, or not for us to read is `null`, and trouble with the way to the host is thrown.
 */
export interface FileSource {
  /** At most `length` bytes from `offset`; fewer at the end of the file. */
  read(path: string, offset: number, length: number): Promise<Buffer | null>;
  /** Size, and time of the last change in milliseconds (SFTP tells whole seconds). */
  stat(path: string): Promise<{ bytes: number; modifiedAt: number } | null>;
  /** Sorted; none for a folder that is absent or not for us. */
  names(path: string): Promise<string[]>;
}

/** Codes that say "not there", or "not for you". */
const unreadable = new Set(["ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP", "EISDIR", "ENXIO", "EMLINK"]);

/** The files of this host. */
export const localFiles: FileSource = {
  read: (path, offset, length) =>
    withFile(path, async (handle, bytes) => {
      const wanted = Math.max(0, Math.min(length, bytes - offset));
      const buffer = Buffer.alloc(wanted);
      const { bytesRead } = await handle.read(buffer, 0, wanted, offset);
      return buffer.subarray(0, bytesRead);
    }),
  stat: (path) => withFile(path, async (_handle, bytes, modifiedAt) => ({ bytes, modifiedAt })),
  async names(path) {
    try {
      return (await readdir(path)).sort();
    } catch (error) {
      if (unreadable.has(codeOf(error) ?? "")) return [];
      throw error;
    }
  },
};

type Handle = Awaited<ReturnType<typeof open>>;

async function withFile<T>(
  path: string,
  act: (handle: Handle, bytes: number, modifiedAt: number) => Promise<T>,
): Promise<T | null> {
  let handle: Handle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const status = await handle.stat();
    return status.isFile() ? await act(handle, status.size, status.mtimeMs) : null;
  } catch (error) {
    if (unreadable.has(codeOf(error) ?? "")) return null;
    throw error;
  } finally {
    await handle?.close();
  }
}
