import { open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { resourceFolder } from "./resources.ts";

/** Name of the hooks' configuration, beside the hooks. */
export const confName = "portwright-hooks.conf";
const defaultEvidence = "/var/spool/portwright";

/** One file of the hook set, and what stands at its place in the builder's configuration. */
export interface HookFile {
  name: string;
  /** Hooks are executables, the libraries that they read are not. */
  isHook: boolean;
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

/** The folder of dsynth.ini, where dsynth looks for hooks. */
export async function defaultConfigBase(): Promise<string> {
  const found = await stat("/etc/dsynth/dsynth.ini").catch(() => null);
  return found ? "/etc/dsynth" : "/usr/local/etc/dsynth";
}

export async function readHookFiles(configBase: string): Promise<HookFile[]> {
  const folder = join(resourceFolder("hooks"), "dsynth");
  const names = (await readdir(folder)).filter((name) => name.startsWith("hook_")).sort();
  return Promise.all(
    names.map(async (name) => {
      const target = join(configBase, name);
      const source = await readFile(join(folder, name));
      const installed = await readIfThere(target);
      return {
        name,
        isHook: !name.endsWith(".sh"),
        source,
        target,
        installed,
        isExecutable: installed !== null && ((await stat(target)).mode & 0o111) !== 0,
        state: stateOf(installed, source),
      };
    }),
  );
}

/** Configuration of the installed hooks: its text ("" when absent) and the evidence folder that it leads to. */
export async function readHookConf(configBase: string): Promise<{ text: string; evidence: string }> {
  const text = (await readIfThere(join(configBase, confName)))?.toString("utf8") ?? "";
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
