import { type Command, Option } from "commander";
import { hookBuilders } from "../hookFiles.ts";
import { type Lazily, targetOption } from "./options.ts";

export function addBuilderCommands(program: Command, lazily: Lazily): void {
  program
    .command("distill <log>")
    .description("say what made a build fail, here and without a server; - reads stdin")
    .option("--explain", "with every finding and the quoted lines")
    .action(lazily(async () => (await import("../commands/distill.ts")).distill));

  const evidence = program.command("evidence").description("evidence from and for elsewhere");
  evidence
    .command("import <path>")
    .description(
      "take a log, a folder of logs, dsynth's or poudriere's own, or a bundle into the server's state",
    )
    .addOption(targetOption())
    .action(lazily(async () => (await import("../commands/import.ts")).importEvidence));
  evidence
    .command("export <case>")
    .description("write the evidence of a case, for another server or another person")
    .addOption(targetOption())
    .option("--output <path>", "folder, or FILE.tar (default: a folder here, named after the port)")
    .action(lazily(async () => (await import("../commands/export.ts")).exportEvidence));

  const policy = program.command("policy").description("what the agent may do");
  policy
    .command("check [folder]")
    .description("check a policy folder, here and without a server: each fault with file, line and field")
    .action(lazily(async () => (await import("../commands/policy.ts")).checkPolicyFolder));
  policy
    .command("show")
    .description("the policy that the server uses, file by file")
    .action(lazily(async () => (await import("../commands/policy.ts")).showPolicy));
  policy
    .command("recipes")
    .description("the recipes in force, and how sure each is by what became of its repairs")
    .action(lazily(async () => (await import("../commands/policy.ts")).showRecipes));
  policy
    .command("explain <case>")
    .description(
      "how the policy sees a case: each rule looked at, the one that decided, limits and attempts left",
    )
    .addOption(targetOption())
    .action(lazily(async () => (await import("../commands/policy.ts")).explainPolicy));

  const hooks = program.command("hooks").description("the hooks of a builder");
  const addHooks = (name: string, description: string): Command =>
    hooks
      .command(name)
      .description(description)
      .addOption(new Option("--builder <name>", "the builder").choices(hookBuilders).default("dsynth"))
      .option(
        "--config-base <dir>",
        "folder of dsynth.ini, or poudriere.d (default: where the builder looks)",
      );
  addHooks("install", "copy the hooks to the builder's configuration")
    .option("--evidence <dir>", "folder that they write (default: /var/spool/portwright)")
    .option("--dry-run", "only say what would be done")
    .option("--force", "replace other hooks, keeping a copy of each")
    .action(lazily(async () => (await import("../commands/hooks.ts")).installHooks));
  addHooks("check", "say which are installed, and whether they can work").action(
    lazily(async () => (await import("../commands/hooks.ts")).checkHooks),
  );
  addHooks("uninstall", "remove them, putting back what they replaced")
    .option("--dry-run", "only say what would be done")
    .action(lazily(async () => (await import("../commands/hooks.ts")).uninstallHooks));
}
