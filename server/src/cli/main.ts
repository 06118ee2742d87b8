import { CommanderError } from "commander";
import { endingOf, exitCodes } from "./failure.ts";
import { clean } from "./output.ts";
import { buildProgram } from "./program.ts";
import { openTerminal } from "./terminal.ts";

/** The first Ctrl-C or request to end cancels in order, the second one ends at once. */
function watchSignals(): AbortController {
  const interruption = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(name, () => {
      if (interruption.signal.aborted) process.exit(exitCodes.interrupted);
      interruption.abort();
    });
  return interruption;
}

async function main(args: readonly string[]): Promise<number> {
  const interruption = watchSignals();
  let isService = false;
  // What stands behind "--" is another program's.
  const json = args.slice(0, args.concat("--").indexOf("--")).includes("--json");
  const program = buildProgram(json, async (options, act) => {
    using terminal = openTerminal(options, interruption.signal);
    await act(terminal);
  });
  program.hook("preAction", (_program, command) => {
    // To a server a signal is the ordinary way to end.
    isService = command.name() === "serve";
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return interruption.signal.aborted && !isService ? exitCodes.interrupted : exitCodes.ok;
  } catch (error) {
    const ending = endingOf(error, interruption.signal.aborted && !isService);
    const message = clean(ending.message);
    if (message && json) process.stderr.write(`${JSON.stringify({ error: { ...ending, message } })}\n`);
    else if (message && !(error instanceof CommanderError)) process.stderr.write(`portwright: ${message}\n`);
    return ending.exitCode;
  }
}

// A reader such as head(1) that has seen enough is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(exitCodes.ok);
});
process.exitCode = await main(process.argv.slice(2));
