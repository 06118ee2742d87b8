import { join, resolve } from "node:path";
import { loadConfig } from "../../config/load.ts";
import { backupState, restoreState } from "../../store/sqlite/backup.ts";
import { checkState } from "../../store/sqlite/check.ts";
import { checkJournals } from "../../tracker/journalCheck.ts";
import { CliError, exitCodes } from "../failure.ts";
import { farSpool } from "../farSpool.ts";
import { facts } from "../output.ts";
import { asJson, callAndShow } from "../session.ts";
import type { Terminal } from "../terminal.ts";

/** A copy of the state, also while a server works on it. */
export async function backup(terminal: Terminal, folder: string): Promise<void> {
  const to = resolve(folder);
  const { events, contents } = await backupState(terminal.stateDir, to, waysOf(terminal));
  tell(terminal, { state: terminal.stateDir, backup: to, events, contents });
}

export async function restore(terminal: Terminal, folder: string): Promise<void> {
  const from = resolve(folder);
  const { events, contents } = await restoreState(from, terminal.stateDir, waysOf(terminal));
  tell(terminal, { backup: from, state: terminal.stateDir, events, contents });
}

interface Depth {
  contents?: boolean;
  builders?: boolean;
}

/** Ends with another status than 0 when something is wrong. */
export async function check(
  terminal: Terminal,
  { contents = false, builders = false }: Depth,
): Promise<void> {
  const { stateDir, env } = terminal;
  const state = await checkState(stateDir, { ...waysOf(terminal), readContents: contents });
  const mirror = join(stateDir, "builders", ".check");
  const far = builders
    ? (await loadConfig(stateDir)).builders.map((builder) => farSpool(builder, { env, mirror }))
    : [];
  // What is damaged cannot be held against anything.
  const journal =
    state.problems.length > 0 ? [] : await checkJournals(stateDir, { ...waysOf(terminal), far });
  const report = { ...state, problems: [...state.problems, ...journal] };
  if (terminal.json) terminal.out(asJson(report));
  else {
    const { problems, ...counts } = report;
    terminal.out(facts({ state: terminal.stateDir, ...counts, problems: problems.length }));
    for (const problem of problems) terminal.out(`${problem}\n`);
  }
  if (report.problems.length > 0) throw new CliError(exitCodes.failure, "");
}

/** Done by the server, which goes on with its work meanwhile. */
export async function prune(terminal: Terminal, { dryRun = false }: { dryRun?: boolean }): Promise<void> {
  await callAndShow(terminal, "state/prune", { dryRun }, (report) => {
    const { events, turns, eventBytes, artifacts, contents, contentBytes } = report;
    return facts({
      [dryRun ? "would go" : "gone"]: `${events} events and ${turns} turns, ${eventBytes} bytes of text`,
      failures: `${artifacts} files let go`,
      contents: `${contents} files, ${contentBytes} bytes on disk`,
    });
  });
}

function tell(terminal: Terminal, told: Record<string, string | number>): void {
  terminal.out(terminal.json ? asJson(told) : facts(told));
}

const waysOf = ({ signal, progress }: Terminal) => ({ signal, onProgress: progress });
