import { access, chmod, constants, copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { CliError, exitCodes } from "../failure.ts";
import {
  confName,
  defaultConfigBase,
  type HookFile,
  readHookConf,
  readHookFiles,
  tailOf,
  withEvidence,
} from "../hookFiles.ts";
import { clean, table } from "../output.ts";
import { asJson } from "../session.ts";
import type { Terminal } from "../terminal.ts";

interface HookOptions {
  configBase?: string;
  evidence?: string;
  dryRun?: boolean;
  force?: boolean;
}

interface Change {
  act: "write" | "remove" | "keep" | "back up";
  path: string;
}

const backupOf = (path: string): string => `${path}.before-portwright`;
const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function put(path: string, content: string | Buffer, mode: number): Promise<void> {
  const aside = `${path}.new-${process.pid}`;
  await writeFile(aside, content, { mode });
  await chmod(aside, mode);
  await rename(aside, path);
}

function report(
  terminal: Terminal,
  changes: readonly Change[],
  dryRun: boolean | undefined,
  hint: string,
): void {
  if (terminal.json) {
    terminal.out(asJson({ dryRun: dryRun ?? false, changes }));
    return;
  }
  const would = dryRun ? "would " : "";
  terminal.out(changes.map(({ act, path }) => `${would}${act} ${path}\n`).join(""));
  terminal.out(dryRun ? "nothing was changed\n" : hint);
}

const explainAccess = (error: unknown, folder: string): unknown =>
  error instanceof Error &&
  "code" in error &&
  (error.code === "EACCES" || error.code === "EROFS" || error.code === "EPERM")
    ? new CliError(
        exitCodes.failure,
        `${folder} cannot be written: run this as the builder's user (root)`,
        error,
      )
    : error;

/** Copies the hook set into the builder's configuration; replaced foreign hooks are kept beside. */
export async function installHooks(terminal: Terminal, options: HookOptions): Promise<void> {
  const configBase = options.configBase ? resolve(options.configBase) : await defaultConfigBase();
  const files = await readHookFiles(configBase);
  const foreign = files.filter(({ state }) => state === "foreign");
  if (foreign.length > 0 && !options.force)
    throw new CliError(
      exitCodes.failure,
      `other hooks stand in ${configBase}: ${foreign.map(({ name }) => name).join(", ")}; ` +
        "--force replaces them and keeps each as NAME.before-portwright",
    );
  const conf = await readHookConf(configBase);
  const confText = options.evidence ? withEvidence(conf.text, resolve(options.evidence)) : conf.text;
  const changes: Change[] = [];
  const act = async (change: Change, run: () => Promise<void>): Promise<void> => {
    changes.push(change);
    if (!options.dryRun) await run();
  };
  try {
    if (!options.dryRun) await mkdir(configBase, { recursive: true });
    // Libraries come before the hooks that read them: a builder may be running.
    for (const file of files.toSorted((left, right) => Number(left.isHook) - Number(right.isHook))) {
      const { target, state, source, isHook, isExecutable } = file;
      if (state === "current" && isExecutable === isHook) {
        changes.push({ act: "keep", path: target });
        continue;
      }
      if (state === "foreign")
        await act({ act: "back up", path: backupOf(target) }, () => copyFile(target, backupOf(target)));
      await act({ act: "write", path: target }, () => put(target, source, isHook ? 0o755 : 0o644));
    }
    const confPath = join(configBase, confName);
    if (confText !== conf.text)
      await act({ act: "write", path: confPath }, () => put(confPath, confText, 0o644));
  } catch (error) {
    throw explainAccess(error, configBase);
  }
  report(
    terminal,
    changes,
    options.dryRun,
    "dsynth looks hooks up when it starts: a run that is on does not see them\n",
  );
}

/** Removes what is of this hook set, and puts back what it had replaced. Evidence and configuration stay. */
export async function uninstallHooks(terminal: Terminal, options: HookOptions): Promise<void> {
  const configBase = options.configBase ? resolve(options.configBase) : await defaultConfigBase();
  const changes: Change[] = [];
  const ours = ({ state }: HookFile): boolean => state === "current" || state === "differs";
  try {
    for (const { target } of (await readHookFiles(configBase)).filter(ours)) {
      const backup = backupOf(target);
      const hasBackup = await isThere(backup);
      changes.push({ act: hasBackup ? "write" : "remove", path: target });
      if (options.dryRun) continue;
      if (hasBackup) await rename(backup, target);
      else await rm(target);
    }
  } catch (error) {
    throw explainAccess(error, configBase);
  }
  if (changes.length === 0)
    throw new CliError(exitCodes.notFound, `no hooks of portwright stand in ${configBase}`);
  report(terminal, changes, options.dryRun, "");
}

/** Whether the folder, or the nearest one above it that exists, can be written. */
async function isWritable(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    if (!(await isThere(at)) && at !== dirname(at)) continue;
    return access(at, constants.W_OK).then(
      () => true,
      () => false,
    );
  }
}

/** What stands in the builder's configuration, and whether the hooks can do their work there. */
export async function checkHooks(terminal: Terminal, options: HookOptions): Promise<void> {
  const configBase = options.configBase ? resolve(options.configBase) : await defaultConfigBase();
  const files = (await readHookFiles(configBase)).map(({ name, state, isHook, isExecutable }) => ({
    name,
    state: state === "current" && isHook && !isExecutable ? "not executable" : state,
  }));
  const { evidence } = await readHookConf(configBase);
  const evidenceWritable = await isWritable(evidence);
  const log = join(evidence, "hooks.log");
  const lastWords = (await isThere(log)) ? (await tailOf(log)).trimEnd().split("\n").slice(-5) : [];
  terminal.out(
    terminal.json
      ? asJson({ configBase, files, evidence, evidenceWritable, lastWords })
      : `${table(
          files,
          [
            { title: "HOOK", value: ({ name }) => name },
            { title: configBase, value: ({ state }) => state },
          ],
          terminal.width,
        )}evidence goes to ${evidence}${evidenceWritable ? "" : ", which cannot be written"}\n` +
          lastWords.map((line) => `hooks.log: ${clean(line)}\n`).join(""),
  );
  const faults = files.filter(({ state }) => state !== "current");
  if (faults.length > 0)
    throw new CliError(
      exitCodes.failure,
      `${faults.length} of ${files.length} files are not as they should be: \`portwright hooks install\``,
    );
  if (!evidenceWritable)
    throw new CliError(
      exitCodes.failure,
      `${evidence} cannot be written by this user: check as the builder's user, or install with --evidence DIR`,
    );
}
