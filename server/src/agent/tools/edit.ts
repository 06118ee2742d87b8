import { z } from "zod";
import { nearestLines } from "./nearest.ts";
import { overlayOf, within, workPath, writablePath } from "./paths.ts";
import { asText, holdsShown, sha256 } from "./text.ts";
import { defineTool, done, refuse, type ToolContext, type ToolResult } from "./types.ts";
import { writeFiles } from "./writeFiles.ts";

const Expected = z.string().nullable().describe("of the file as last read; null for a new file");

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
    const conflict = checkExpected(path, before, args.sha256);
    if (conflict !== null) return conflict;
    if (args.content === null) {
      if (before === null) return refuse(`${path} does not exist, so there is nothing to delete`);
      const useless = await writeFiles(context, [{ path, before, content: null }]);
      if (useless !== null) return refuse(useless);
      return recordEdit(context, path, null, { path, deleted: true });
    }
    if (args.encoding === "utf8" && holdsShown(args.content)) return refuse(MARKS);
    const content = Buffer.from(args.content, args.encoding);
    if (before?.equals(content)) {
      return refuse(`no effect: ${path} already holds exactly this`, { sha256: sha256(before) });
    }
    if (before !== null) {
      const missing = needsDupe(context, path);
      if (missing !== null) return missing;
    }
    const useless = await writeFiles(context, [{ path, before, content }]);
    if (useless !== null) return refuse(useless);
    const facts = { path, ...(before === null && { created: true }), bytes: content.length };
    return recordEdit(context, path, content, facts);
  },
});

export const replaceInFile = defineTool({
  name: "replace_in_file",
  description:
    "Replace `old`, which must stand exactly once in the file (whitespace and line ends exact), by `new`.",
  effect: "edit",
  schema: z.strictObject({ path: z.string(), old: z.string().min(1), new: z.string(), sha256: z.string() }),
  async run(args, context) {
    const path = writablePath(args.path, context);
    const before = await readOrNull(context, path);
    if (before === null) return refuse(`${path} does not exist: make it with put_file`);
    const conflict = checkExpected(path, before, args.sha256);
    if (conflict !== null) return conflict;
    const missing = needsDupe(context, path);
    if (missing !== null) return missing;
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
    const content = Buffer.from(text.slice(0, at) + args.new + text.slice(at + args.old.length));
    const useless = await writeFiles(context, [{ path, before, content }]);
    if (useless !== null) return refuse(useless);
    const line = text.slice(0, at).split("\n").length;
    return recordEdit(context, path, content, { path, line, bytes: content.length });
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
  if (expected === actual) return null;
  return refuse(
    expected === null
      ? `${path} exists: read it with get_file and pass its sha256`
      : `${path} is not as you last read it: read it again with get_file`,
    { sha256: actual },
  );
}

/** A source edited without its copy beside it would give no patch, so the build would never see the edit. */
function needsDupe(context: ToolContext, path: string): ToolResult | null {
  if (within(path, overlayOf(context.origin)) || context.state.duped.has(path)) return null;
  return refuse(`dupe ${path} first: without its .orig genpatch has nothing to compare with`);
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
    ...(source && { next: "genpatch, then install_patches; a build starts from fresh sources" }),
  });
}

function occurrences(text: string, part: string): number[] {
  const lines: number[] = [];
  for (let at = text.indexOf(part); at >= 0 && lines.length < 20; at = text.indexOf(part, at + 1)) {
    lines.push(text.slice(0, at).split("\n").length);
  }
  return lines;
}
