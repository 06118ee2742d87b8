import { applyFileDiff, parseUnifiedDiff, removedText } from "@portwright/server/unifiedDiff";
import type { Call } from "../connection/client.ts";
import type { DocumentReference } from "./reference.ts";

/** Largest document that is given to the editor. */
const maxDocumentBytes = 64 * 1024 * 1024;
/** The server's own bound of one answer. */
const rangeBytes = 256 * 1024;

/** A document that cannot be shown; `message` is for a person. */
export class DocumentError extends Error {
  override readonly name = "DocumentError";
}

/** Bytes of the whole content. */
export async function documentSize(call: Call, reference: DocumentReference): Promise<number> {
  if (reference.kind !== "artifact") return (await readDocument(call, reference)).length;
  const { bytes } = await call("artifact/read", { sha256: reference.sha256, length: 1 });
  return bytes;
}

/** Throws DocumentError, or what `call` throws. */
export async function readDocument(call: Call, reference: DocumentReference): Promise<Uint8Array> {
  switch (reference.kind) {
    case "artifact":
      return readArtifact(call, reference.sha256);
    case "empty":
      return new Uint8Array();
    case "handOver": {
      const detail = await call("case/get", { case: reference.caseId });
      return Buffer.from(detail.case.handOver ?? "");
    }
    case "removed": {
      const diff = await readText(call, reference.diff);
      const file = parseUnifiedDiff(diff)?.find(({ oldPath }) => oldPath === reference.name);
      if (!file) throw new DocumentError(`the diff does not delete ${reference.name}`);
      return Buffer.from(removedText(file));
    }
    case "patched": {
      const diff = await readText(call, reference.diff);
      const file = parseUnifiedDiff(diff)?.find(({ newPath }) => newPath === reference.name);
      const original = reference.original === null ? "" : await readText(call, reference.original);
      const patched = file ? applyFileDiff(original, file) : null;
      if (patched === null) throw new DocumentError(`the diff does not apply to ${reference.name}`);
      return Buffer.from(patched);
    }
  }
}

/** The artifact's first `limit` bytes, read range by range. */
export async function readArtifact(call: Call, sha256: string, limit?: number): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for (let offset = 0; ; ) {
    const length = Math.min(rangeBytes, (limit ?? Number.POSITIVE_INFINITY) - offset);
    if (length <= 0) break;
    const { data, bytes, eof } = await call("artifact/read", { sha256, offset, length });
    if (limit === undefined && bytes > maxDocumentBytes)
      throw new DocumentError(`${bytes} bytes are more than an editor takes (${maxDocumentBytes})`);
    const part = Buffer.from(data, "base64");
    parts.push(part);
    offset += part.length;
    if (eof || part.length === 0) break;
  }
  return Buffer.concat(parts);
}

export async function readText(call: Call, sha256: string): Promise<string> {
  return Buffer.from(await readArtifact(call, sha256)).toString("utf8");
}

/** Line, from 0, at the end of these bytes, where a line ends as in the editor: CR LF, LF or CR. */
export function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === 10 || (byte === 13 && bytes[at + 1] !== 10)) lines += 1;
  }
  return lines;
}
