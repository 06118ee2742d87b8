import { z } from "zod";
import { checkEdit } from "./checks.ts";
import { dupeSource } from "./dupe.ts";
import { nearestLines } from "./nearest.ts";
import { overlayOf, within, workPath, writablePath } from "./paths.ts";
import { asText, holdsShown, sha256 } from "./text.ts";
import { defineTool, done, refuse, type ToolContext, type ToolResult } from "./types.ts";
import { writeFiles } from "./writeFiles.ts";

const Expected = z
  .string()
  .nullable()
  .default(null)
  .describe("of a file that is overwritten; its first 12 characters will do");

/** Characters of a hash that tell contents apart. */
const LEAST_HASH = 12;

/** The decoder passes over anything else, and makes bytes of plain text too. */
const BASE64 = /^[\w+/\s-]*[=\s]*$/;

const MARKS =
  "<U+....> stands for a character that is not shown: leave its line alone, or write the file as base64";

export const putFile = defineTool({
  name: "put_file",
  description: "Write a whole file; content null deletes it.",
  effect: "edit",
  schema: z.strictObject({
    path: z.string(),
    content: z.string().nullable(),
    encoding: z.enum(["utf8", "base64"]).default("utf8"),
    sha256: Expected,
  }),
  async run(args, context) {
    const path = writablePath(args.path, context);
    const before = await readOrNull(context, path);
    const isNamed = args.content === null && args.sha256 === null;
    const conflict = isNamed ? null : checkExpected(path, before, args.sha256);
    if (conflict !== null) return conflict;
    if (args.content === null) {
      if (before === null) return refuse(`${path} does not exist, so there is nothing to delete`);
      const useless = await writeFiles(context, [{ path, before, content: null }]);
      if (useless !== null) return refuse(useless);
      return recordEdit(context, path, null, { path, deleted: true });
    }
    if (args.encoding === "utf8" && holdsShown(args.content)) return refuse(MARKS);
    if (args.encoding === "base64" && !BASE64.test(args.content))
      return refuse("content is not base64: leave encoding out to write text as it stands");
    const content = Buffer.from(args.content, args.encoding);
    if (before?.equals(content)) {
      return refuse(`no effect: ${path} already holds exactly this`, { sha256: sha256(before) });
    }
    const kept = before === null ? done({}) : await keepOriginal(context, path);
    if (!kept.ok) return kept;
    const useless = await writeFiles(context, [{ path, before, content }]);
    if (useless !== null) return refuse(useless);
    const facts = { path, ...(before === null && { created: true }), bytes: content.length, ...kept.facts };
    return recordEdit(context, path, content, facts);
  },
});

export const replaceInFile = defineTool({
  name: "replace_in_file",
  description:
    "Replace `old`, which must stand exactly once in the file (whitespace and line ends exact), by `new`.",
  effect: "edit",
  schema: z.strictObject({
    path: z.string(),
    old: z.string().min(1),
    new: z.string(),
    sha256: z.string().optional(),
  }),
  async run(args, context) {
    const path = writablePath(args.path, context);
    const before = await readOrNull(context, path);
    if (before === null) return refuse(`${path} does not exist: make it with put_file`);
    const conflict = args.sha256 === undefined ? null : checkExpected(path, before, args.sha256);
    if (conflict !== null) return conflict;
    const text = asText(before);
    if (text === null) return refuse(`${path} is not UTF-8 text: use put_file with encoding base64`);
    if (holdsShown(args.new)) return refuse(MARKS);
    if (args.old === args.new) return refuse("no effect: old and new are the same");
    const at = text.indexOf(args.old);
    if (at < 0) {
      const near = nearestLines(text, args.old);
      return refuse(
        "old does not stand in the file (whitespace counts); the nearest lines follow",
        { path },
        near,
      );
    }
    if (text.indexOf(args.old, at + 1) >= 0) {
      const lines = occurrences(text, args.old);
      return refuse(
        `old stands ${lines.length} times, on lines ${lines.join(", ")}: take in more of the lines around it`,
      );
    }
    const kept = await keepOriginal(context, path);
    if (!kept.ok) return kept;
    const content = Buffer.from(text.slice(0, at) + args.new + text.slice(at + args.old.length));
    const useless = await writeFiles(context, [{ path, before, content }]);
    if (useless !== null) return refuse(useless);
    const line = text.slice(0, at).split("\n").length;
    return recordEdit(context, path, content, { path, line, bytes: content.length, ...kept.facts });
  },
});

async function readOrNull(context: ToolContext, path: string): Promise<Buffer | null> {
  const { files } = context.environment;
  return (await files.stat(path)) === null ? null : files.read(path);
}

function checkExpected(path: string, before: Buffer | null, expected: string | null): ToolResult | null {
  if (before === null) {
    if (expected === null) return null;
    return refuse(`${path} does not exist: pass sha256 null to make it`);
  }
  const actual = sha256(before);
  if (expected !== null && expected.length >= LEAST_HASH && actual.startsWith(expected)) return null;
  return refuse(
    expected === null
      ? `${path} exists: change it with replace_in_file, or pass the sha256 that get_file gives`
      : `${path} is not as you last read it: read it again with get_file`,
    { sha256: actual },
  );
}

/** A source is kept as it was before its first edit: without that no patch could be made of it. */
async function keepOriginal(context: ToolContext, path: string): Promise<ToolResult> {
  if (within(path, overlayOf(context.origin)) || context.state.duped.has(path)) return done({});
  const kept = await dupeSource(context, path);
  return kept.ok ? done({ patch: kept.facts.patch }) : kept;
}

/** The content is kept too, so that the edit can be made once more. */
async function recordEdit(
  context: ToolContext,
  path: string,
  content: Buffer | null,
  facts: Record<string, unknown>,
): Promise<ToolResult> {
  const hash = content === null ? null : await context.blobs.put(content);
  const source = !within(path, overlayOf(context.origin));
  if (source) {
    context.state.unsaved.add(path);
    if (facts.created === true) context.state.duped.set(path, "");
  }
  context.state.edits.push(`${workPath(path)} ${hash ?? "deleted"}`);
  return done({
    ...facts,
    ...(hash !== null && { sha256: hash }),
    ...(source && { next: "build: it makes and installs the patch" }),
    ...(await checkEdit(context, path, content)),
  });
}

function occurrences(text: string, part: string): number[] {
  const lines: number[] = [];
  for (let at = text.indexOf(part); at >= 0 && lines.length < 20; at = text.indexOf(part, at + 1)) {
    lines.push(text.slice(0, at).split("\n").length);
  }
  return lines;
}
