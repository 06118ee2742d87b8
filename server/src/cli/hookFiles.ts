import { open, readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { statusAt } from "./paths.ts";
import { resourceFolder } from "./resources.ts";

/** Name of the hooks' configuration, beside the hooks. */
export const confName = "portwright-hooks.conf";
const defaultEvidence = "/var/spool/portwright";

/** Builders that hooks are made for. */
export const hookBuilders = ["dsynth", "poudriere"] as const;
export type HookBuilder = (typeof hookBuilders)[number];

/** One file of the hook set, and what stands at its place in the builder's configuration. */
export interface HookFile {
  name: string;
  /** What the builder calls; the others are libraries that it reads. */
  isHook: boolean;
  /** dsynth executes its hooks, poudriere hands them to a shell. */
  mustBeExecutable: boolean;
  source: Buffer;
  target: string;
  installed: Buffer | null;
  isExecutable: boolean;
  /** `foreign`: something that is not of this hook set stands there. */
  state: "absent" | "current" | "differs" | "foreign";
}

/** `null` when there is no such file. */
async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** Every file of the set names its variables and functions `pw_...`; nobody else's hook does. */
function stateOf(installed: Buffer | null, source: Buffer): HookFile["state"] {
  if (installed === null) return "absent";
  if (installed.equals(source)) return "current";
  return /^\s*\.? ?"?\$?pw_\w+/m.test(installed.toString("latin1")) ? "differs" : "foreign";
}

/**
 * The folder in which a builder looks for hooks. `base` is the folder of its configuration, that of dsynth.ini or
 * poudriere.d; by default where the builder itself looks. For poudriere it is a plugin's, so that other hooks stay.
 */
export async function hookFolder(builder: HookBuilder, base?: string): Promise<string> {
  if (builder === "poudriere")
    return join(base ? resolve(base) : "/usr/local/etc/poudriere.d", "hooks/plugins/portwright");
  if (base) return resolve(base);
  const found = await statusAt("/etc/dsynth/dsynth.ini");
  return found ? "/etc/dsynth" : "/usr/local/etc/dsynth";
}

/** Names of a builder's files with the folder that each comes with; what both builders use comes with dsynth's. */
async function sourcesOf(builder: HookBuilder): Promise<[folder: string, name: string][]> {
  const hooks = resourceFolder("hooks");
  const own = await readdir(join(hooks, builder));
  const shared = builder === "dsynth" ? [] : await readdir(join(hooks, "dsynth"));
  const isShared = (name: string) => /^hook_\w+\.sh$/.test(name) && name !== "hook_dsynth.sh";
  return [
    ...own.filter((name) => !name.includes(".example")).map((name): [string, string] => [builder, name]),
    ...shared.filter(isShared).map((name): [string, string] => ["dsynth", name]),
  ];
}

export async function readHookFiles(builder: HookBuilder, target: string): Promise<HookFile[]> {
  const files = (await sourcesOf(builder)).sort(([, left], [, right]) => (left < right ? -1 : 1));
  return Promise.all(
    files.map(async ([folder, name]) => {
      const path = join(target, name);
      const source = await readFile(join(resourceFolder("hooks"), folder, name));
      const installed = await readIfThere(path);
      const isHook = !/^hook_\w+\.sh$/.test(name);
      return {
        name,
        isHook,
        mustBeExecutable: isHook && builder === "dsynth",
        source,
        target: path,
        installed,
        isExecutable: installed !== null && ((await stat(path)).mode & 0o111) !== 0,
        state: stateOf(installed, source),
      };
    }),
  );
}

/** Configuration of the installed hooks: its text ("" when absent) and the evidence folder that it leads to. */
export async function readHookConf(folder: string): Promise<{ text: string; evidence: string }> {
  const text = (await readIfThere(join(folder, confName)))?.toString("utf8") ?? "";
  // As the hooks read it: the last line of a key counts.
  const evidence = [...text.matchAll(/^evidence=(\/.+)$/gm)].at(-1)?.[1];
  return { text, evidence: evidence ?? defaultEvidence };
}

/** The end of a file, at most 64 KB of it. */
export async function tailOf(path: string): Promise<string> {
  await using file = await open(path);
  const { size } = await file.stat();
  const length = Math.min(size, 64 * 1024);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
  return buffer.toString("utf8", 0, bytesRead);
}

/** `text` with its evidence folder set; other lines stay as they are. */
export function withEvidence(text: string, evidence: string): string {
  const others = text.replace(/^evidence=.*\n?/gm, "");
  return `${others}${others === "" || others.endsWith("\n") ? "" : "\n"}evidence=${evidence}\n`;
}
