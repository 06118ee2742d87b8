import type { EnvironmentFiles } from "./types.ts";

const chunkBytes = 256 * 1024;

/** A file of any size, piece by piece; one that is cut short meanwhile ends there. */
export async function* fileChunks(files: EnvironmentFiles, path: string): AsyncGenerator<Buffer> {
  for (let offset = 0; ; ) {
    const { data, bytes } = await files.readRange(path, offset, chunkBytes);
    if (data.length > 0) yield data;
    offset += data.length;
    if (data.length === 0 || offset >= bytes) return;
  }
}
