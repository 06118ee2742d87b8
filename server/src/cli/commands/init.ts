import { writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { configFileOf } from "../../config/load.ts";
import { makeFolder } from "../../store/folders.ts";
import { CliError, exitCodes } from "../failure.ts";
import { hookFolder, readHookConf } from "../hookFiles.ts";
import { statusAt } from "../paths.ts";
import { asJson } from "../session.ts";
import type { Terminal } from "../terminal.ts";

interface InitOptions {
  freebsdPorts: string;
  deltaPorts: string;
  distfiles: string;
  packages?: string;
  evidence?: string;
  force?: boolean;
}

async function folder(option: string, path: string): Promise<string> {
  const found = await statusAt(path);
  if (!found?.isDirectory()) throw new CliError(exitCodes.usage, `${option}: ${path} is not a folder`);
  return resolve(path);
}

/** dsynth's Directory_packages, or its Directory_repository, which is All in it. */
async function packageFolder(path: string): Promise<string> {
  const given = await folder("--packages", path);
  if (basename(given) === "All") return dirname(given);
  await folder("--packages", join(given, "All"));
  return given;
}

/** Writes the state's `portwright.json` with the trees; all other settings keep their defaults. */
export async function init(terminal: Terminal, options: InitOptions): Promise<void> {
  const trees = {
    freebsdPorts: await folder("--freebsd-ports", options.freebsdPorts),
    deltaPorts: await folder("--delta-ports", options.deltaPorts),
    distfiles: await folder("--distfiles", options.distfiles),
    ...(options.packages && { packages: await packageFolder(options.packages) }),
  };
  const evidence = options.evidence ?? (await readHookConf(await hookFolder("dsynth"))).evidence;
  const config = { evidence: resolve(evidence), trees };
  const file = configFileOf(terminal.stateDir);
  makeFolder(terminal.stateDir, 0o700);
  try {
    await writeFile(file, asJson(config), { flag: options.force ? "w" : "wx", mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    throw new CliError(exitCodes.failure, `${file} exists: edit it, or replace it with --force`, error);
  }
  terminal.out(
    terminal.json
      ? asJson({ file, config })
      : `wrote ${file}; next: portwright serve, portwright env doctor\n`,
  );
}
