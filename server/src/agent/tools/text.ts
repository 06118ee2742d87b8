import { createHash } from "node:crypto";

export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The text when `content` is UTF-8 without NUL, else null. */
export function asText(content: Uint8Array): string | null {
  if (content.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    // The decoder's only error says that it is not UTF-8, which is the answer here.
    return null;
  }
}

/** At most `bytes` bytes of UTF-8 from the start of `text`, no character cut in two. */
export function headBytes(text: string, bytes: number): string {
  const buffer = Buffer.from(text);
  if (buffer.length <= bytes) return text;
  let end = Math.max(0, bytes);
  while (end > 0 && ((buffer[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return buffer.toString("utf8", 0, end);
}

/** At most `bytes` bytes of UTF-8 from the end of `text`. */
export function tailBytes(text: string, bytes: number): string {
  const buffer = Buffer.from(text);
  if (buffer.length <= bytes) return text;
  let start = buffer.length - Math.max(0, bytes);
  while (start < buffer.length && ((buffer[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return buffer.toString("utf8", start);
}

/** `text` within `bytes`, two thirds of it from the start and the rest from the end, with a mark between them. */
export function fitBytes(text: string, bytes: number, hint = ""): string {
  const size = Buffer.byteLength(text);
  if (size <= bytes) return text;
  const mark = `\n[... ${size - bytes} bytes or more cut here${hint === "" ? "" : `; ${hint}`} ...]\n`;
  const room = Math.max(0, bytes - Buffer.byteLength(mark));
  const head = headBytes(text, Math.floor((room * 2) / 3));
  return head + mark + tailBytes(text, room - Buffer.byteLength(head));
}

const INVISIBLE =
  /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/g;
const SHOWN = /<U\+[0-9A-F]{4}>/;

/** Control, bidirectional and zero-width characters as `<U+202E>`: neither a terminal nor a reader is led astray. */
export function showInvisible(text: string): string {
  return text.replace(INVISIBLE, (char) => {
    return `<U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}>`;
  });
}

/** True when a text holds such a mark, which an edit would write in place of the character. */
export const holdsShown = (text: string): boolean => SHOWN.test(text);
