import { posix } from "node:path";
import { z } from "zod";
import { patchName, relative, sourcePath } from "./dupe.ts";
import { overlayOf, PathError } from "./paths.ts";
import type { GeneratedPatch } from "./state.ts";
import { defineTool, done, refuse, type ToolContext, type ToolResult } from "./types.ts";
import { writeFiles } from "./writeFiles.ts";

const PATCH_BYTES = 1024 * 1024;
const TIMEOUT_MS = 60_000;

export const genpatch = defineTool({
  name: "genpatch",
  description: "Make the patch FILE.orig -> FILE of edited sources (all of them when no path is given).",
  effect: "step",
  schema: z.strictObject({ path: z.string().nullable().default(null) }),
  async run(args, context) {
    const paths = args.path === null ? [...context.state.unsaved].sort() : [sourcePath(args.path, context)];
    if (paths.length === 0) return refuse("no source was edited: dupe a file below WRKSRC and edit it first");
    const made = await makePatches(context, paths);
    if (!Array.isArray(made)) return made;
    const texts = made.map(({ name }) => context.state.patches.get(name)?.content ?? "");
    return done({ patches: made, next: "install_patches" }, texts.join("\n"));
  },
});

export const installPatches = defineTool({
  name: "install_patches",
  description: "Put generated patches (all when no name is given) into the overlay's dragonfly/ folder.",
  effect: "edit",
  schema: z.strictObject({ names: z.array(z.string()).min(1).nullable().default(null) }),
  async run(args, context) {
    const names = args.names ?? [...context.state.patches.keys()];
    if (names.length === 0) return refuse("no patch was generated: call genpatch first");
    const writes: PatchWrite[] = [];
    for (const name of names) {
      const write = await patchWrite(context, name);
      if (write === null) {
        const known = [...context.state.patches.keys()].join(", ");
        return refuse(`no generated patch is called ${name}; there are: ${known}`);
      }
      if (!write.isNews) return refuse(`no effect: ${write.path} already holds exactly this patch`);
      writes.push(write);
    }
    return install(context, writes);
  },
});

/** Makes the patches of all edited sources and puts them into the overlay; `installed` names those that were news. */
export async function saveSources(context: ToolContext): Promise<ToolResult> {
  const { state } = context;
  const made = await makePatches(context, [...state.unsaved].sort());
  if (!Array.isArray(made)) return made;
  const writes = await Promise.all(made.map(({ name }) => patchWrite(context, name)));
  const news = writes.filter((write) => write?.isNews === true) as PatchWrite[];
  const saved = await install(context, news);
  if (saved.ok) state.unsaved.clear();
  return saved;
}

interface MadePatch {
  name: string;
  source: string;
  sha256: string;
}

/** One patch a source, or why there is none. */
async function makePatches(
  context: ToolContext,
  paths: readonly string[],
): Promise<MadePatch[] | ToolResult> {
  const { state, blobs } = context;
  const made: MadePatch[] = [];
  for (const path of paths) {
    if (!state.duped.has(path)) return refuse(`${path} has no .orig: dupe it before the edit`);
    const source = relative(path, context);
    const text = await diffOf(context, path, source);
    if (text === "")
      return refuse(`${path} does not differ from ${path}.orig: edit it, or patch_phase to drop the edits`);
    const name = state.duped.get(path) || patchName(source);
    const kept = await blobs.put(Buffer.from(text));
    state.patches.set(name, { content: text, source, sha256: kept });
    made.push({ name, source, sha256: kept });
  }
  return made;
}

interface PatchWrite {
  path: string;
  before: Buffer | null;
  content: Buffer;
  patch: GeneratedPatch;
  /** It is not what the overlay holds already. */
  isNews: boolean;
}

async function patchWrite(
  { state, environment, origin }: ToolContext,
  name: string,
): Promise<PatchWrite | null> {
  const patch = state.patches.get(name);
  if (patch === undefined) return null;
  const path = `${overlayOf(origin)}/dragonfly/${name}`;
  const before = (await environment.files.stat(path)) === null ? null : await environment.files.read(path);
  const content = Buffer.from(patch.content);
  return { path, before, content, patch, isNews: before?.equals(content) !== true };
}

async function install(context: ToolContext, writes: readonly PatchWrite[]): Promise<ToolResult> {
  const { state } = context;
  const useless = await writeFiles(context, writes);
  if (useless !== null) return refuse(useless);
  const installed = writes.map(({ path, before, patch: { sha256, source } }) => {
    state.edits.push(`${path} ${sha256}`);
    state.unsaved.delete(posix.join(state.wrksrc ?? "", source));
    return { path, sha256, ...(before !== null && { replaced: true }) };
  });
  return done({ installed, next: "build" });
}

async function diffOf(context: ToolContext, path: string, source: string): Promise<string> {
  const { environment, state } = context;
  const added = state.duped.get(path) === "";
  const labels = [added ? "/dev/null" : `${source}.orig`, source];
  const result = await environment.exec({
    argv: [
      "diff",
      "-u",
      "--label",
      labels[0] ?? "",
      "--label",
      labels[1] ?? "",
      added ? "/dev/null" : `${path}.orig`,
      path,
    ],
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: PATCH_BYTES,
    signal: context.signal,
  });
  const text = result.output.toString("utf8");
  if (result.exitCode === null || result.exitCode > 1 || result.truncated) {
    throw new PathError(`diff of ${path} failed or is over ${PATCH_BYTES} bytes: ${text.slice(0, 300)}`);
  }
  return text;
}
