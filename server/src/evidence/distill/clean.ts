const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_]|[ -/]+[0-~])/g;
const INVISIBLE =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/g;
const DECORATION =
  /^(?:\[ *\d+(?:\.\d+)?s?\] |\[\d\d:\d\d:\d\d\] |\s+> |#\d+ [\d.]+ |\d{4}-\d\d-\d\dT[\d:.]+Z |\d\d:\d\d:\d\d(?:[.,]\d+)? )+/;

/**
 * Byte sequences that call for `clean` before a line's words can be trusted: an escape, and how marks without a shape
 * begin in UTF-8 (as do quotes and dashes, which come to no harm).
 */
export const DIRTY_BYTES: readonly Uint8Array[] = [
  [0x1b],
  [0xd8, 0x9c],
  [0xe2, 0x80],
  [0xe2, 0x81],
  [0xef, 0xbb],
].map((bytes) => Uint8Array.from(bytes));

/** Terminal escapes, control characters, bidirectional overrides and zero-width characters taken out. */
export function clean(text: string): string {
  return text.replace(ESCAPES, "").replace(INVISIBLE, "");
}

/** The form that patterns see: one kind of quote, and no time stamps or quoting marks that a builder put in front. */
export function comparable(cleaned: string): string {
  return cleaned
    .replace(/[\u2018\u2019\u201b\u00b4`]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(DECORATION, "");
}

/** At most `limit` characters around `keep` (a position that must stay), with marks where text was cut. */
export function clip(text: string, limit: number, keep = 0): string {
  if (text.length <= limit) return text;
  const start = Math.max(0, Math.min(keep - Math.floor(limit / 3), text.length - limit));
  const cut = text.slice(start, start + limit);
  return `${start > 0 ? "…" : ""}${cut}${start + limit < text.length ? "…" : ""}`;
}
