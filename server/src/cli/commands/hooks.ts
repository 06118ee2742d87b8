import { chmod, copyFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { makeFolder } from "../../store/folders.ts";
import { CliError, exitCodes } from "../failure.ts";
import {
  confName,
  type HookBuilder,
  type HookFile,
  hookFolder,
  readHookConf,
  readHookFiles,
  tailOf,
  withEvidence,
} from "../hookFiles.ts";
import { isThere, troubleOf } from "../hookHealth.ts";
import { clean, table } from "../output.ts";
import { asJson } from "../session.ts";
import type { Terminal } from "../terminal.ts";

interface HookOptions {
  builder: HookBuilder;
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
  const folder = await hookFolder(options.builder, options.configBase);
  const files = await readHookFiles(options.builder, folder);
  const foreign = files.filter(({ state }) => state === "foreign");
  if (foreign.length > 0 && !options.force)
    throw new CliError(
      exitCodes.failure,
      `other hooks stand in ${folder}: ${foreign.map(({ name }) => name).join(", ")}; ` +
        "--force replaces them and keeps each as NAME.before-portwright",
    );
  if (options.builder === "dsynth" && !(await isThere(join(folder, "dsynth.ini"))))
    terminal.err(
      `portwright: no dsynth.ini stands in ${folder}: dsynth looks for hooks beside it (--config-base DIR)\n`,
    );
  const conf = await readHookConf(folder);
  const confText = options.evidence ? withEvidence(conf.text, resolve(options.evidence)) : conf.text;
  const changes: Change[] = [];
  const act = async (change: Change, run: () => Promise<void>): Promise<void> => {
    changes.push(change);
    if (!options.dryRun) await run();
  };
  try {
    if (!options.dryRun) makeFolder(folder);
    // Libraries come before the hooks that read them: a builder may be running.
    for (const file of files.toSorted((left, right) => Number(left.isHook) - Number(right.isHook))) {
      const { target, state, source, mustBeExecutable, isExecutable } = file;
      if (state === "current" && isExecutable === mustBeExecutable) {
        changes.push({ act: "keep", path: target });
        continue;
      }
      if (state === "foreign")
        await act({ act: "back up", path: backupOf(target) }, () => copyFile(target, backupOf(target)));
      await act({ act: "write", path: target }, () => put(target, source, mustBeExecutable ? 0o755 : 0o644));
    }
    const confPath = join(folder, confName);
    if (confText !== conf.text)
      await act({ act: "write", path: confPath }, () => put(confPath, confText, 0o644));
  } catch (error) {
    throw explainAccess(error, folder);
  }
  report(
    terminal,
    changes,
    options.dryRun,
    options.builder === "dsynth"
      ? "dsynth looks hooks up when it starts: a run that is on does not see them\n"
      : "poudriere calls them from now on\n",
  );
}

/** Removes what is of this hook set, and puts back what it had replaced. Evidence and configuration stay. */
export async function uninstallHooks(terminal: Terminal, options: HookOptions): Promise<void> {
  const folder = await hookFolder(options.builder, options.configBase);
  const changes: Change[] = [];
  const ours = ({ state }: HookFile): boolean => state === "current" || state === "differs";
  try {
    for (const { target } of (await readHookFiles(options.builder, folder)).filter(ours)) {
      const backup = backupOf(target);
      const hasBackup = await isThere(backup);
      changes.push({ act: hasBackup ? "write" : "remove", path: target });
      if (options.dryRun) continue;
      if (hasBackup) await rename(backup, target);
      else await rm(target);
    }
  } catch (error) {
    throw explainAccess(error, folder);
  }
  if (changes.length === 0)
    throw new CliError(exitCodes.notFound, `no hooks of portwright stand in ${folder}`);
  report(terminal, changes, options.dryRun, "");
}

/** The last lines of a log that the hooks keep for a person; none when there is no such log. */
const lastLines = async (path: string): Promise<string[]> =>
  (await isThere(path)) ? (await tailOf(path)).trimEnd().split("\n").slice(-5) : [];

/** What stands in the builder's configuration, whether the hooks can do their work there, and what troubled them. */
export async function checkHooks(terminal: Terminal, options: HookOptions): Promise<void> {
  const folder = await hookFolder(options.builder, options.configBase);
  const files = (await readHookFiles(options.builder, folder)).map((file) => ({
    name: file.name,
    state:
      file.state === "current" && file.mustBeExecutable && !file.isExecutable ? "not executable" : file.state,
  }));
  const { evidence } = await readHookConf(folder);
  const trouble = await troubleOf(evidence);
  // The second one is where hooks write when the evidence folder does not take their lines.
  const lastWords = [
    ...(await lastLines(join(evidence, "hooks.log"))),
    ...(await lastLines(join(folder, "portwright-hooks.log"))),
  ];
  terminal.out(
    terminal.json
      ? asJson({
          builder: options.builder,
          configBase: folder,
          files,
          evidence,
          evidenceWritable: trouble === null,
          trouble,
          lastWords,
        })
      : `${table(
          files,
          [
            { title: "HOOK", value: ({ name }) => name },
            { title: folder, value: ({ state }) => state },
          ],
          terminal.width,
        )}evidence goes to ${evidence}${trouble === null ? "" : `, which ${trouble}`}\n` +
          lastWords.map((line) => `hooks.log: ${clean(line)}\n`).join(""),
  );
  const faults = files.filter(({ state }) => state !== "current");
  const builderOption = options.builder === "dsynth" ? "" : ` --builder ${options.builder}`;
  if (faults.length > 0)
    throw new CliError(
      exitCodes.failure,
      `${faults.length} of ${files.length} files are not as they should be: \`portwright hooks install${builderOption}\``,
    );
  if (trouble !== null)
    throw new CliError(
      exitCodes.failure,
      `${evidence} ${trouble}; check as the builder's user, or install with --evidence DIR`,
    );
}
