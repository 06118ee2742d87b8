import { type Command, Option } from "commander";
import type { Terminal } from "../terminal.ts";
import { addControlCommands, addTerms } from "./control.ts";
import { type Lazily, limitOption, numberOption, targetOption } from "./options.ts";
import { addSessionCommands } from "./session.ts";

export function addCaseCommands(program: Command, lazily: Lazily): void {
  program
    .command("cases")
    .description("failing ports, newest first unless told otherwise")
    .addOption(targetOption())
    .option(
      "--in <state>",
      "open, triaged, patching, proving, waiting, escalated, accepted, rejected, delivered or closed",
    )
    .option("--class <name>", "failure class, e.g. patch-error")
    .option("--search <text>", "part of the origin, the cause, the signature, the maintainer or the package")
    .option("--assignee <name>", "those that a person looks after")
    .option("--for-you", "those that need a person")
    .option("--hidden", "ignored and snoozed ones too")
    .addOption(new Option("--order <by>", "first").choices(["impact", "attention", "newest", "origin"]))
    .addOption(
      new Option("--group <by>", "groups with their counts instead").choices([
        "target",
        "class",
        "signature",
        "category",
        "maintainer",
      ]),
    )
    .option("--key <key>", "the cases of one such group")
    .addOption(limitOption())
    .action(lazily(async () => (await import("../commands/cases.ts")).cases));
  program
    .command("search <word...>")
    .description(
      "failures, also earlier ones, whose port, cause or quoted lines hold every word; newest first",
    )
    .addOption(targetOption())
    .option("--in <state...>", "of cases in these states")
    .option("--class <name...>", "of these failure classes")
    .option("--phase <name>", "that came in this phase, e.g. configure")
    .option("--run <run>", "that came in this run")
    .option("--hidden", "of ignored and snoozed cases too")
    .addOption(limitOption())
    .action(lazily(async () => (await import("../commands/search.ts")).search));
  program
    .command("diff <case>")
    .description("the diff of a case")
    .addOption(targetOption())
    .option("--output <file>", "write it there")
    .option("--hunks", "its hunks, each by the name that `candidate --drop` takes")
    .action(lazily(async () => (await import("../commands/read.ts")).diff));
  program
    .command("log <case>")
    .description("the log of its newest failure: whole, a range of it, or the lines that hold a text")
    .addOption(targetOption())
    .addOption(numberOption("--offset <n>", "byte to begin at, as findings give it"))
    .addOption(numberOption("--bytes <n>", "how much from there"))
    .option("--search <text>", "only lines that hold it, with their numbers")
    .option("--last-good", "the newest log of a build of this port that went well instead")
    .action(lazily(async () => (await import("../commands/log.ts")).log));
  addSessionCommands(program, lazily);

  const group = program.command("case").description("one failing port; CASE is an id or ORIGIN[@FLAVOR]");
  const add = (name: string, description: string): Command =>
    group.command(`${name} <case>`).description(description).addOption(targetOption());
  add("show", "everything known of it").action(
    lazily(async () => (await import("../commands/case.ts")).showOne),
  );
  add("stop", "end what waits or runs for it").action(
    lazily(async () => (await import("../commands/case.ts")).stop),
  );

  const addWork = (kind: "triage" | "patch" | "verify", description: string): Command =>
    add(kind, description)
      .option("--no-wait", "queue it and return")
      .action(
        lazily(async () => {
          const { work } = await import("../commands/work.ts");
          return (terminal: Terminal, ref: string, options: { wait: boolean }) =>
            work(terminal, `case/${kind}`, ref, options);
        }),
      );
  addWork("triage", "diagnose it and decide the tier");
  addTerms(addWork("patch", "repair it in an environment of its own"))
    .addOption(new Option("--tier <tier>", "instead of the policy's").choices(["AUTO", "ASSIST", "MANUAL"]))
    .option("--context <text>", "what the repairer should know");
  addWork("verify", "prove its diff in a clean environment").option(
    "--anew",
    "even if the same diff is proved on the same trees already",
  );

  addControlCommands(program, group, lazily);
  for (const decision of ["accept", "reject"] as const)
    add(decision, `${decision} its proved fix`)
      .option("--who <name>", "who decides (default: you)")
      .option("--reason <text>", "why")
      .action(
        lazily(async () => {
          const { decide } = await import("../commands/case.ts");
          return (terminal: Terminal, ref: string, options: object) =>
            decide(terminal, decision, ref, options);
        }),
      );
}
