import { Command } from "commander";
import { addBuilderCommands } from "./commandLine/builder.ts";
import { addCaseCommands } from "./commandLine/cases.ts";
import { addDeliveryCommands } from "./commandLine/deliveries.ts";
import { addEnvironmentCommands } from "./commandLine/environments.ts";
import type { Lazily } from "./commandLine/options.ts";
import { addProofCommands } from "./commandLine/proofs.ts";
import { addServerCommands } from "./commandLine/server.ts";
import type { GlobalOptions, Terminal } from "./terminal.ts";
import { version } from "./version.ts";

/** Runs a command with a terminal made from the global options. */
type Runner = (options: GlobalOptions, act: (terminal: Terminal) => Promise<void>) => Promise<void>;

/**
 * The command line. Each command's code is loaded when it runs, so that the others cost it nothing. What was asked
 * wrongly is told on stderr, unless `quiet`.
 */
export function buildProgram(quiet: boolean, run: Runner): Command {
  const program = new Command("portwright")
    .description("Captures failing BSD ports, repairs them in a throw-away environment and proves the repair")
    .version(version)
    .option("--state <dir>", "state folder of the server (default: $PORTWRIGHT_STATE, else the user's own)")
    .option("--json", "machine-readable output")
    .option("--verbose", "progress as lines on stderr")
    .exitOverride();
  if (quiet) program.configureOutput({ writeErr: () => {} });
  const lazily: Lazily =
    (load) =>
    (...given) =>
      // commander gives the arguments, the command's options and the command itself.
      run(program.opts<GlobalOptions>(), async (terminal) => {
        const act = await load();
        await act(terminal, ...(given.slice(0, -1) as never));
      });
  addServerCommands(program, lazily);
  addCaseCommands(program, lazily);
  addProofCommands(program, lazily);
  addDeliveryCommands(program, lazily);
  addBuilderCommands(program, lazily);
  addEnvironmentCommands(program, lazily);
  pointToHelp(program, program.name());
  return program;
}

/** Who asked wrongly is sent to the help of just that command. */
function pointToHelp(command: Command, words: string): void {
  command.showHelpAfterError(`(${words} --help says more)`);
  for (const each of command.commands) pointToHelp(each, `${words} ${each.name()}`);
}
