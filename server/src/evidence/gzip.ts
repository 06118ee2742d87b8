import { gunzipSync } from "node:zlib";

/** A packed file of up to that many bytes is unpacked in a millisecond, which is less than a change of threads costs. */
export const smallPacked = 64 << 10;
const smallUnpacked = 256 << 10;

/**
 * What a small gzip file unpacks to; null for one that is damaged or unpacks to more, which is read piece by piece. The
 * length at its end (RFC 1952) only says how much memory to begin with.
 */
export function unpackedAtOnce(packed: Buffer): Buffer | null {
  const length = packed.length < 4 ? 0 : packed.readUInt32LE(packed.length - 4);
  if (length > smallUnpacked) return null;
  try {
    return gunzipSync(packed, { maxOutputLength: smallUnpacked, chunkSize: Math.max(64, length + 1) });
  } catch {
    return null;
  }
}
