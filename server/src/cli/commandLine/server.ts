import type { Command } from "commander";
import { type Lazily, limitOption, numberOption, targetOption } from "./options.ts";

export function addServerCommands(program: Command, lazily: Lazily): void {
  program
    .command("serve")
    .description("start the server of a state, in the background unless told otherwise")
    .option("--config <file>", "configuration (default: portwright.json in the state folder)")
    .option("--foreground", "stay, and log to stderr")
    .option("--log <file>", "with --foreground: log to a file, turned over at 10 MB")
    .action(lazily(async () => (await import("../commands/serve.ts")).serve));
  program
    .command("connect")
    .description("join stdin and stdout to the server, starting it when absent (for editors)")
    .option("--stdio", "the only way there is")
    .option("--config <file>", "configuration for a server that must be started")
    .action(lazily(async () => (await import("../commands/connect.ts")).connect));
  program
    .command("stop")
    .description("end the server; what it was doing resumes when it is started again")
    .action(lazily(async () => (await import("../commands/overview.ts")).stopServer));
  program
    .command("init")
    .description("write the state's portwright.json")
    .requiredOption("--freebsd-ports <dir>", "upstream ports tree (git)")
    .requiredOption("--delta-ports <dir>", "overlay tree (git)")
    .requiredOption("--distfiles <dir>", "folder of distfiles")
    .option(
      "--packages <dir>",
      "folder with All/*.pkg of the builder: what it has built need not be built again",
    )
    .option("--evidence <dir>", "folder that the hooks write (default: that of installed dsynth hooks)")
    .option("--force", "replace an existing file")
    .action(lazily(async () => (await import("../commands/init.ts")).init));
  const state = program
    .command("state")
    .description("copies of the state, whether it is whole, and what is over in it");
  state
    .command("backup <folder>")
    .description("copy it as it is now, also while the server works")
    .action(lazily(async () => (await import("../commands/state.ts")).backup));
  state
    .command("restore <folder>")
    .description("make a state of a copy, where --state has none")
    .action(lazily(async () => (await import("../commands/state.ts")).restore));
  state
    .command("check")
    .description(
      "look whether the database is sound, agrees with its events and the journal, and every content is there",
    )
    .option("--contents", "read every content and hold it against its hash")
    .option("--builders", "hold it against the journals of builders on other hosts too, over ssh")
    .action(lazily(async () => (await import("../commands/state.ts")).check));
  state
    .command("prune")
    .description("take out what is over and older than the configuration's retention; never of an open case")
    .option("--dry-run", "only say what would go")
    .action(lazily(async () => (await import("../commands/state.ts")).prune));
  program
    .command("status")
    .description("what the server holds and does")
    .action(lazily(async () => (await import("../commands/overview.ts")).status));
  program
    .command("doctor")
    .description("look at all that has to be in order, and say what to do about what is not")
    .action(lazily(async () => (await import("../commands/doctor.ts")).doctor));
  program
    .command("diagnostics")
    .description("a report for who is asked for help, without secrets")
    .action(lazily(async () => (await import("../commands/doctor.ts")).diagnostics));
  const runs = program
    .command("runs")
    .description("the builder's runs, newest first")
    .addOption(targetOption())
    .addOption(limitOption())
    .action(lazily(async () => (await import("../commands/overview.ts")).runs));
  runs
    .command("results <run>")
    .description("what each port of a run did")
    .option("--kind <kind>", "built, failed, skipped or ignored")
    .option("--search <text>", "part of the origin, the phase or the reason")
    .addOption(limitOption())
    .action(lazily(async () => (await import("../commands/runs.ts")).results));
  runs
    .command("export <run>")
    .description("what each port of a run did, for other tools")
    .option("--csv <file>", "a table; - writes to stdout")
    .option("--jsonl <file>", "a line of JSON a port; - writes to stdout")
    .option("--progress <folder>", "summary.json and NN_history.json, as dsynth's progress page reads them")
    .action(lazily(async () => (await import("../commands/runExport.ts")).exportRun));
  runs
    .command("compare <left> <right>")
    .description("what changed from an earlier run to a later one, of this target or of two")
    .option(
      "--change <name>",
      "only newly-failed, fixed, still-failing, newly-skipped, version-changed, only-left or only-right",
    )
    .addOption(limitOption())
    .action(lazily(async () => (await import("../commands/runs.ts")).compare));
  program
    .command("port <port>")
    .description("what became of a port: last attempt and success, where it broke, run by run")
    .addOption(targetOption())
    .option("--runs <n>", "how many of the newest runs are looked at, up to 500 (default: 50)")
    .action(lazily(async () => (await import("../commands/port.ts")).port));
  program
    .command("jobs")
    .description("queued, running and ended work, newest first")
    .addOption(limitOption())
    .action(lazily(async () => (await import("../commands/overview.ts")).jobs));
  program
    .command("events")
    .description("the stream of facts")
    .addOption(numberOption("--after <seq>", "from the one after this"))
    .addOption(numberOption("--tail <count>", "so many of the newest, in place of all").conflicts("after"))
    .option("--follow", "go on with new ones")
    .option("--type <name...>", "only of these types, e.g. case/changed note/recorded")
    .option("--case <case>", "only what is about a case; an id or ORIGIN[@FLAVOR]")
    .addOption(targetOption())
    .action(lazily(async () => (await import("../commands/read.ts")).events));
}
