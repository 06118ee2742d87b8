import type { Call } from "../connection/client.ts";

/** Largest document that is given to the editor. */
const maxDocumentBytes = 64 * 1024 * 1024;
/** The server's own bound of one answer. */
const rangeBytes = 256 * 1024;

/** A document that cannot be shown; `message` is for a person. */
export class DocumentError extends Error {
  override readonly name = "DocumentError";
  /** There is no such document; otherwise there is one, and it cannot be shown. */
  readonly absent: boolean;
  constructor(message: string, absent = false) {
    super(message);
    this.absent = absent;
  }
}

/** Bytes of the whole content. */
export async function artifactSize(call: Call, sha256: string): Promise<number> {
  return (await call("artifact/read", { sha256, length: 1 })).bytes;
}

/** The bytes from `from` up to `to`, or to the end, read range by range. */
export function readArtifact(call: Call, sha256: string, from = 0, to?: number): Promise<Uint8Array> {
  return readRanges((offset, length) => call("artifact/read", { sha256, offset, length }), from, to);
}

/** Puts together what `read` gives piece by piece. Throws DocumentError for a whole that no editor takes. */
export async function readRanges(
  read: (offset: number, length: number) => Promise<{ data: string; bytes: number; eof: boolean }>,
  from = 0,
  to?: number,
): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for (let offset = from; ; ) {
    const length = Math.min(rangeBytes, (to ?? Number.POSITIVE_INFINITY) - offset);
    if (length <= 0) break;
    const { data, bytes, eof } = await read(offset, length);
    if (to === undefined && bytes > maxDocumentBytes)
      throw new DocumentError(`${bytes} bytes are more than an editor takes (${maxDocumentBytes})`);
    const part = Buffer.from(data, "base64");
    parts.push(part);
    offset += part.length;
    if (eof || part.length === 0) break;
  }
  return Buffer.concat(parts);
}

/** A builder's name of a file, as a path below a folder of this machine: none leads out of it, on Windows neither. */
export function pathInFolder(name: string): string[] {
  return name.split(/[/\\]/).filter((part) => part !== "" && part !== "." && part !== "..");
}
