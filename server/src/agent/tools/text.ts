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
