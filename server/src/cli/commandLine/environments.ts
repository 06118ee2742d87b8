import { type Command, Option } from "commander";
import { type Lazily, numberOption, targetOption } from "./options.ts";

const platformOption = () =>
  new Option("--platform <name>", "a --dry-run of kind chroot there")
    .choices(["linux", "dragonfly", "freebsd"])
    // Nothing is run on another system.
    .implies({ dryRun: true });

export function addEnvironmentCommands(program: Command, lazily: Lazily): void {
  const environments = program.command("env").description("environments in which ports are edited and built");
  environments
    .command("create <name>")
    .description("a fresh snapshot of the trees")
    .addOption(targetOption())
    .option("--dry-run", "only show what it would be: kind, commits, room, and how a command gets inside")
    .addOption(platformOption())
    .action(lazily(async () => (await import("../commands/environments.ts")).createEnvironment));
  environments
    .command("list")
    .description("those there are")
    .action(lazily(async () => (await import("../commands/environments.ts")).listEnvironments));
  environments
    .command("status <name>")
    .description("one of them, with its size on disk and how far the trees have gone on")
    .action(lazily(async () => (await import("../commands/environments.ts")).environmentStatus));
  environments
    .command("update <name>")
    .description("make it anew at the commits that the trees are at now")
    .option("--force", "drop edits of DeltaPorts there")
    .action(lazily(async () => (await import("../commands/environments.ts")).updateEnvironment));
  environments
    .command("reset <name>")
    .description("drop edits, work folders and logs; the commits stay")
    .action(lazily(async () => (await import("../commands/environments.ts")).resetEnvironment));
  environments
    .command("destroy <name>")
    .description("remove one with all that is in it")
    .action(lazily(async () => (await import("../commands/environments.ts")).destroyEnvironment));
  environments
    .command("exec <name> <argv...>")
    .description("run a command inside, without a terminal and the network: env exec NAME -- make -C ...")
    .option("--cwd <dir>", "folder inside (default: /work)")
    .addOption(numberOption("--timeout <seconds>", "end it after that long (default: 600)"))
    .option("--dry-run", "only show what this host would run for it")
    .addOption(platformOption())
    .action(lazily(async () => (await import("../commands/environmentRun.ts")).execInside));
  environments
    .command("build <name> <origin>")
    .description("compose a port there and build it as an attempt does")
    .option("--flavor <flavor>", "default: the port's own choice")
    .option("--proofs", "with the builder of proofs")
    .option("--dry-run", "only show what the builder would run")
    .action(lazily(async () => (await import("../commands/environmentBuild.ts")).buildInside));
  environments
    .command("shell <name>")
    .description("a shell inside, on this terminal and without the network")
    .action(lazily(async () => (await import("../commands/environmentRun.ts")).shellInside));
  environments
    .command("lend")
    .description(
      "answer the server of another host, which starts this over SSH for its environments of kind ssh",
    )
    .requiredOption("--owner <id>", "whose environments they are")
    .option("--shell <words>", "a shell in one of them, as that server asks for it")
    .action(lazily(async () => (await import("../commands/lend.ts")).lend));
  environments
    .command("doctor")
    .description("whether this machine can build ports in isolation")
    .option("--fix", "clear away what killed servers left, mounts too")
    .action(lazily(async () => (await import("../commands/doctor.ts")).environmentDoctor));
}
