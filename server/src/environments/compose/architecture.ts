import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parseOrigin } from "../../protocol/origin.ts";
import { ComposeError } from "./errors.ts";
import { listFolder } from "./files.ts";

/** Whose ports call x86_64 what FreeBSD's call amd64. */
export const renamesArchitecture = (operatingSystem: string): boolean => operatingSystem === "DragonFly";

/** Files of a port's own folder that name an architecture to the framework. */
const isNaming = (name: string) => name.startsWith("Makefile") || name.endsWith(".common");

/** Variables that are named after it; text that just mentions it stays. */
const variable =
  /(?:(?<=OPTIONS_DEFAULT_|OPTIONS_DEFINE_|BROKEN_|_ON_|_OFF_|CFLAGS_)amd64|(?<=_)amd64(?==)|(?<=\{ARCH:M)amd64(?=\}))/g;
const comparison = /ARCH\}.*amd64/;

/** The replacements that DeltaPorts makes in what it composes, after everything else was applied. */
export function renameArchitecture(text: string): string {
  return text
    .replace(variable, "x86_64")
    .split("\n")
    .map((line) => (comparison.test(line) ? line.replaceAll("amd64", "x86_64") : line))
    .join("\n");
}

/** Renames it in the files of a composed port; bytes that are no UTF-8 stay as they are. */
export async function renameArchitectureIn(folder: string): Promise<void> {
  for (const entry of await listFolder(folder)) {
    if (!entry.isFile() || !isNaming(entry.name)) continue;
    const path = join(folder, entry.name);
    const text = await readFile(path, "latin1");
    const renamed = renameArchitecture(text);
    if (renamed !== text) await writeFile(path, renamed, "latin1");
  }
}

/** Origins of a tree whose files name it. */
export async function originsNamingArchitecture(tree: string, signal?: AbortSignal): Promise<Set<string>> {
  const depth = ["-mindepth", "3", "-maxdepth", "3"];
  const named = ["(", "-name", "Makefile*", "-o", "-name", "*.common", ")", "-type", "f"];
  const found = await execa("find", [".", ...depth, ...named, "-exec", "grep", "-l", "amd64", "{}", "+"], {
    ...{ cwd: tree, stdin: "ignore", reject: false, maxBuffer: 64 * 1024 * 1024 },
    ...(signal && { cancelSignal: signal }),
  });
  signal?.throwIfAborted();
  // grep(1) says 1 where nothing is found, and find(1) hands it on.
  if (found.failed && found.stderr !== "")
    throw new ComposeError(`${tree} cannot be searched: ${found.stderr}`);
  const origins = found.stdout.split("\n").map((path) => path.split("/").slice(1, 3).join("/"));
  return new Set(origins.filter((origin) => parseOrigin(origin) !== undefined));
}
