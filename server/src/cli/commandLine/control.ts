import type { Command } from "commander";
import type { Terminal } from "../terminal.ts";
import { amountOption, type Lazily, limitOption, numberOption, targetOption } from "./options.ts";

const load = () => import("../commands/control.ts");

/** What a person says about a case and to the work on it. */
export function addControlCommands(program: Command, group: Command, lazily: Lazily): void {
  program
    .command("sessions")
    .description("what runs, waits, waits for you and was done last")
    .addOption(limitOption("rows of each at most, up to 500"))
    .action(lazily(async () => (await load()).sessions));
  const models = program
    .command("models")
    .description("the configured models, their keys and prices (uncached, cached, output)")
    .action(lazily(async () => (await import("../commands/models.ts")).models));
  models
    .command("set-key <variable>")
    .description(
      "give the server a model's key or the forge's token, by stdin; it keeps it in memory until it ends",
    )
    .action(lazily(async () => (await import("../commands/models.ts")).setKey));
  const add = (usage: string, description: string): Command =>
    group.command(usage).description(description).addOption(targetOption());
  add("steer <case> <text>", "tell the running attempt something at its next turn")
    .option("--queue", "keep it for the end of the attempt, or the next one")
    .action(lazily(async () => (await load()).steer));
  for (const what of ["pause", "resume"] as const)
    add(`${what} <case>`, what === "pause" ? "hold its attempt at the next turn" : "let it go on").action(
      lazily(async () => {
        const { hold } = await load();
        return (terminal: Terminal, ref: string, options: object) => hold(terminal, what, ref, options);
      }),
    );
  const marking = (usage: string, description: string): Command =>
    add(usage, description).option("--reason <text>", "why, for others");
  for (const ignored of [true, false])
    marking(
      ignored ? "ignore <case>" : "unignore <case>",
      ignored ? "leave it out of lists, and let nothing be done about it by itself" : "take it up again",
    ).action(
      lazily(async () => {
        const { ignore } = await load();
        return (terminal: Terminal, ref: string, options: object) => ignore(terminal, ignored, ref, options);
      }),
    );
  marking("snooze <case> <days>", "the same for some days; 0 ends it").action(
    lazily(async () => (await load()).snooze),
  );
  marking("assign <case> <who>", "who looks after it; - for nobody").action(
    lazily(async () => (await load()).assign),
  );
  for (const kind of ["context", "note"] as const)
    add(
      `${kind} <case> <text>`,
      kind === "context"
        ? 'what the next attempt should know; "" takes it away'
        : "what other people should know",
    ).action(
      lazily(async () => {
        const { say } = await load();
        return (terminal: Terminal, ref: string, text: string, options: object) =>
          say(terminal, kind, ref, text, options);
      }),
    );
  add("activity <case>", "who did what when, newest first")
    .addOption(limitOption())
    .action(lazily(async () => (await load()).activity));
  add("notes <case>", "what people said about it, newest first")
    .addOption(limitOption())
    .action(lazily(async () => (await load()).notes));
}

/** Terms of one attempt in place of the policy's and the configuration's. */
export const addTerms = (command: Command): Command =>
  command
    .option("--model <name>", "one of `portwright models`, instead of rules and the usual model")
    .addOption(numberOption("--tokens <n>", "most tokens"))
    .addOption(numberOption("--turns <n>", "most turns"))
    .addOption(numberOption("--builds <n>", "most builds"))
    .addOption(numberOption("--minutes <n>", "most time"))
    .addOption(amountOption("--money <n>", "most money, in the unit of prices"));
