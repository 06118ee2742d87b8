import { z } from "zod";
import { fileChunks } from "../../environments/chunks.ts";
import { restoreKept } from "./keep.ts";
import { windowOf } from "./lines.ts";
import { workPath } from "./paths.ts";
import { asText, headBytes } from "./text.ts";
import { defineTool, done, refuse } from "./types.ts";

const TEXT_BYTES = 7400;
const BINARY_BYTES = 4096;

export const getFile = defineTool({
  name: "get_file",
  description:
    "Read a window of a file: lines from `from` (1 is first), or with `offset` a window of bytes. " +
    "Gives the sha256 of the whole file, which edits need.",
  effect: "read",
  schema: z.strictObject({
    path: z.string(),
    from: z.int().min(1).default(1),
    lines: z.int().min(1).max(1000).default(200),
    offset: z.int().min(0).optional(),
    bytes: z.int().min(1).max(TEXT_BYTES).default(4096),
  }),
  async run(args, context) {
    const path = workPath(args.path);
    await restoreKept(context, path);
    const stat = await context.environment.files.stat(path);
    if (stat === null) return refuse(`${path} does not exist; list_dir its folder to see what does`);
    if (stat.type === "directory") return refuse(`${path} is a folder: use list_dir`);
    const chunks = fileChunks(context.environment.files, path);
    if (args.offset !== undefined) return byteWindow(path, chunks, args.offset, args.bytes);
    const window = await windowOf(chunks, args.from, args.lines);
    const whole = { path, sha256: window.sha256, bytes: window.bytes, lines: window.lines };
    const text = asText(window.content);
    if (text === null) {
      const piece = window.content.subarray(0, BINARY_BYTES);
      const facts = { ...whole, encoding: "base64", from: window.from, shownBytes: piece.length };
      return done(facts, piece.toString("base64"));
    }
    if (window.lines > 0 && args.from > window.lines) {
      return refuse(`${path} has ${window.lines} lines, fewer than from=${args.from}`, whole);
    }
    return done(...shownLines(whole, window.from, text));
  },
});

/** Whole lines within the bound, and where to go on; a single line over the bound is cut and says so. */
export function shownLines(
  whole: { path: string; lines: number } & Record<string, unknown>,
  from: number,
  text: string,
): [Record<string, unknown>, string] {
  let shown = headBytes(text, TEXT_BYTES);
  let cutLine = false;
  if (shown.length < text.length) {
    const end = shown.lastIndexOf("\n");
    cutLine = end < 0;
    if (!cutLine) shown = shown.slice(0, end + 1);
  }
  const count = shown === "" ? 0 : shown.split("\n").length - (shown.endsWith("\n") ? 1 : 0);
  const to = from + count - 1;
  return [
    {
      ...whole,
      from,
      to,
      ...(to < whole.lines && { next: to + 1 }),
      ...(cutLine && { cutLine: "line too long to show whole: read it with offset and bytes" }),
    },
    shown,
  ];
}

async function byteWindow(path: string, chunks: AsyncIterable<Buffer>, offset: number, bytes: number) {
  const kept: Buffer[] = [];
  let position = 0;
  async function* watched() {
    for await (const chunk of chunks) {
      const start = Math.max(0, offset - position);
      const end = Math.min(chunk.length, offset + bytes - position);
      if (start < end) kept.push(chunk.subarray(start, end));
      position += chunk.length;
      yield chunk;
    }
  }
  const whole = await windowOf(watched(), 1, 1);
  const content = Buffer.concat(kept);
  const text = asText(content);
  const facts = { path, sha256: whole.sha256, bytes: whole.bytes, offset, shownBytes: content.length };
  if (offset >= whole.bytes && whole.bytes > 0) return refuse(`${path} has only ${whole.bytes} bytes`, facts);
  return text === null
    ? done({ ...facts, encoding: "base64" }, content.toString("base64"))
    : done(facts, text);
}
