import { posix } from "node:path";
import { z } from "zod";
import { KEPT_FOLDER } from "./keep.ts";
import { patchedFiles, sectionFor } from "./patchText.ts";
import { composedOf, PathError, within, workPath, writablePath } from "./paths.ts";
import { asText } from "./text.ts";
import { defineTool, done, refuse, type ToolContext, type ToolResult } from "./types.ts";

const PATCH_BYTES = 1024 * 1024;
const TIMEOUT_MS = 60_000;

export const dupe = defineTool({
  name: "dupe",
  description:
    "Before editing a source below WRKSRC: keep FILE.orig, the file as it is without the overlay's own patch.",
  effect: "step",
  schema: z.strictObject({ path: z.string() }),
  async run(args, context) {
    const path = sourcePath(args.path, context);
    if (context.state.duped.has(path)) return refuse(`no effect: ${path} is duped already, go on editing it`);
    return dupeSource(context, path);
  },
});

/** Keeps a source as it was, for the patch that is made of its edits. */
export async function dupeSource(context: ToolContext, path: string): Promise<ToolResult> {
  const { files } = context.environment;
  const { duped, sources } = context.state;
  if (sources === "patch-failed") {
    return refuse(
      "the patch phase failed half-way: mend or delete the failing patch, then patch_phase again",
    );
  }
  const stat = await files.stat(path);
  if (stat === null)
    return refuse(`${path} does not exist; a new file needs no dupe: put_file it, then genpatch`);
  if (stat.type !== "file") return refuse(`${path} is not a file`);
  const source = relative(path, context);
  const composed = composedOf(context.origin);
  const patches = await patchesOf(context, source, [`${composed}/files`, `${composed}/dragonfly`]);
  if (patches.length > 0 && sources === "extracted") {
    const names = patches.map((patch) => patch.path).join(", ");
    return refuse(`${names} changes this file too: call patch_phase instead of extract, then dupe`);
  }
  const own = patches.filter((patch) => within(patch.path, `${composed}/dragonfly`));
  const wide = own.length > 1 ? own : own.filter((patch) => patch.files.length > 1);
  if (wide.length > 0) {
    const names = wide.map((patch) => posix.basename(patch.path)).join(", ");
    return refuse(
      `${names} in dragonfly/ ${wide.length > 1 ? "all change this file" : "changes other files too"}: edit ` +
        "that patch as text, or delete it, patch_phase again and make one patch a file",
    );
  }
  const [patch] = own;
  if (patch === undefined) {
    await files.write(`${path}.orig`, await files.read(path));
  } else {
    const failure = await reverse(context, path, sectionFor(patch.text, source));
    if (failure !== null) return refuse(`${patch.path} could not be taken out of the file: ${failure}`);
  }
  const name = patch === undefined ? patchName(source) : posix.basename(patch.path);
  duped.set(path, name);
  const base = patch === undefined ? {} : { without: patch.path };
  return done({ path, orig: `${path}.orig`, patch: name, ...base });
}

/** `patch-` and the path below WRKSRC, `_` doubled and `/` as `_`: as `make makepatch` of the ports tree names them. */
export const patchName = (source: string): string =>
  `patch-${source.replaceAll("_", "__").replaceAll("/", "_")}`;

/** The normal form of a source's path. WRKSRC is the port's own word, so that below it need not be where edits may be. */
export function sourcePath(path: string, context: ToolContext): string {
  const { wrksrc, sources } = context.state;
  if (wrksrc === null || sources === "none")
    throw new PathError("there are no sources yet: call patch_phase first");
  const normal = workPath(path);
  if (!within(normal, wrksrc) || normal === wrksrc) {
    throw new PathError(`${normal} is not a source file: those are below ${wrksrc}`);
  }
  return writablePath(normal, context);
}

export const relative = (path: string, context: ToolContext): string =>
  posix.relative(context.state.wrksrc ?? "", path);

interface SourcePatch {
  path: string;
  text: string;
  files: string[];
}

/** The patches in these folders that change `source`. */
export async function patchesOf(
  context: ToolContext,
  source: string,
  folders: readonly string[],
): Promise<SourcePatch[]> {
  const { files } = context.environment;
  const found: SourcePatch[] = [];
  for (const folder of folders) {
    if ((await files.stat(folder))?.type !== "directory") continue;
    for (const entry of (await files.list(folder)).entries) {
      if (!/^(extra-)?patch-/.test(entry) || entry.endsWith("/")) continue;
      const path = `${folder}/${entry}`;
      const text = asText(await files.read(path, PATCH_BYTES)) ?? "";
      const changed = patchedFiles(text);
      if (changed.includes(source)) found.push({ path, text, files: changed });
    }
  }
  return found;
}

/** Writes FILE.orig as FILE without the given patch; returns what patch(1) said when that failed. */
async function reverse(context: ToolContext, path: string, patch: string): Promise<string | null> {
  const { environment } = context;
  const patchFile = `${KEPT_FOLDER}/reverse.patch`;
  await environment.files.write(patchFile, Buffer.from(patch));
  const result = await environment.exec({
    argv: [
      "patch",
      "-R",
      "-f",
      "-s",
      "-r",
      `${KEPT_FOLDER}/reverse.rej`,
      "-o",
      `${path}.orig`,
      "-i",
      patchFile,
      path,
    ],
    timeoutMs: TIMEOUT_MS,
    signal: context.signal,
  });
  if (result.exitCode === 0) return null;
  await environment.files.remove(`${path}.orig`);
  return environment.toWorkPaths(result.output.toString("utf8")).trim().slice(0, 500);
}
