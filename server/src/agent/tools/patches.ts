import { posix } from "node:path";
import { z } from "zod";
import { KEPT_FOLDER } from "./keep.ts";
import { patchedFiles, sectionFor } from "./patchText.ts";
import { composedOf, overlayOf, PathError, within, workPath } from "./paths.ts";
import type { GeneratedPatch } from "./state.ts";
import { asText } from "./text.ts";
import { defineTool, done, refuse, type ToolContext } from "./types.ts";
import { writeFiles } from "./writeFiles.ts";

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
    const { files } = context.environment;
    const { duped, sources } = context.state;
    if (sources === "patch-failed") {
      return refuse(
        "the patch phase failed half-way: mend or delete the failing patch, then patch_phase again",
      );
    }
    if (duped.has(path)) return refuse(`no effect: ${path} is duped already, go on editing it`);
    const stat = await files.stat(path);
    if (stat === null)
      return refuse(`${path} does not exist; a new file needs no dupe: put_file it, then genpatch`);
    if (stat.type !== "file") return refuse(`${path} is not a file`);
    const source = relative(path, context);
    const patches = await patchesOf(context, source);
    if (patches.length > 0 && sources === "extracted") {
      const names = patches.map((patch) => patch.path).join(", ");
      return refuse(`${names} changes this file too: call patch_phase instead of extract, then dupe`);
    }
    const own = patches.filter((patch) => within(patch.path, `${composedOf(context.origin)}/dragonfly`));
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
  },
});

export const genpatch = defineTool({
  name: "genpatch",
  description: "Make the patch FILE.orig -> FILE of edited sources (all of them when no path is given).",
  effect: "step",
  schema: z.strictObject({ path: z.string().nullable().default(null) }),
  async run(args, context) {
    const { state } = context;
    const paths = args.path === null ? [...state.unsaved].sort() : [sourcePath(args.path, context)];
    if (paths.length === 0) return refuse("no source was edited: dupe a file below WRKSRC and edit it first");
    const made: { name: string; source: string; sha256: string }[] = [];
    const texts: string[] = [];
    for (const path of paths) {
      if (!state.duped.has(path)) return refuse(`${path} has no .orig: dupe it before the edit`);
      const source = relative(path, context);
      const text = await diffOf(context, path, source);
      if (text === "") return refuse(`${path} does not differ from ${path}.orig: edit it first`);
      const name = state.duped.get(path) || patchName(source);
      const kept = await context.blobs.put(Buffer.from(text));
      state.patches.set(name, { content: text, source, sha256: kept });
      made.push({ name, source, sha256: kept });
      texts.push(text);
    }
    return done({ patches: made, next: "install_patches" }, texts.join("\n"));
  },
});

export const installPatches = defineTool({
  name: "install_patches",
  description: "Put generated patches (all when no name is given) into the overlay's dragonfly/ folder.",
  effect: "edit",
  schema: z.strictObject({ names: z.array(z.string()).min(1).nullable().default(null) }),
  async run(args, context) {
    const { state, environment } = context;
    const names = args.names ?? [...state.patches.keys()];
    if (names.length === 0) return refuse("no patch was generated: call genpatch first");
    const folder = `${overlayOf(context.origin)}/dragonfly`;
    const writes: { path: string; before: Buffer | null; content: Buffer; patch: GeneratedPatch }[] = [];
    for (const name of names) {
      const patch = state.patches.get(name);
      if (patch === undefined) {
        return refuse(
          `no generated patch is called ${name}; there are: ${[...state.patches.keys()].join(", ")}`,
        );
      }
      const path = `${folder}/${name}`;
      const before =
        (await environment.files.stat(path)) === null ? null : await environment.files.read(path);
      const content = Buffer.from(patch.content);
      if (before?.equals(content)) return refuse(`no effect: ${path} already holds exactly this patch`);
      writes.push({ path, before, content, patch });
    }
    const useless = await writeFiles(context, writes);
    if (useless !== null) return refuse(useless);
    const installed = writes.map(({ path, before, patch: { sha256, source } }) => {
      state.edits.push(`${path} ${sha256}`);
      state.unsaved.delete(posix.join(state.wrksrc ?? "", source));
      return { path, sha256, ...(before !== null && { replaced: true }) };
    });
    return done({ installed, next: "build" });
  },
});

/** `patch-` and the path below WRKSRC, `_` doubled and `/` as `_`: as `make makepatch` of the ports tree names them. */
const patchName = (source: string): string => `patch-${source.replaceAll("_", "__").replaceAll("/", "_")}`;

function sourcePath(path: string, context: ToolContext): string {
  const normal = workPath(path);
  const { wrksrc, sources } = context.state;
  if (wrksrc === null || sources === "none")
    throw new PathError("there are no sources yet: call patch_phase first");
  if (!within(normal, wrksrc) || normal === wrksrc) {
    throw new PathError(`${normal} is not a source file: those are below ${wrksrc}`);
  }
  return normal;
}

const relative = (path: string, context: ToolContext): string =>
  posix.relative(context.state.wrksrc ?? "", path);

interface ComposedPatch {
  path: string;
  text: string;
  files: string[];
}

/** The composed port's patches that change `source`. */
async function patchesOf(context: ToolContext, source: string): Promise<ComposedPatch[]> {
  const { files } = context.environment;
  const found: ComposedPatch[] = [];
  for (const folder of ["files", "dragonfly"].map((name) => `${composedOf(context.origin)}/${name}`)) {
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
