import { type Command, InvalidArgumentError } from "commander";
import type { HunkName } from "../../protocol/unifiedDiff.ts";
import type { Terminal } from "../terminal.ts";
import { type Lazily, targetOption } from "./options.ts";

/** `PATH:N[,N]`; a path may hold a colon itself. */
function hunkNames(value: string, before: HunkName[]): HunkName[] {
  const [, path, numbers] = /^(.+):(\d{1,6}(?:,\d{1,6})*)$/.exec(value) ?? [];
  if (path === undefined || numbers === undefined)
    throw new InvalidArgumentError(
      "Write it as PATH:N or PATH:N,N; `portwright diff CASE --hunks` shows them.",
    );
  return [...before, ...numbers.split(",").map((number) => ({ path, hunk: Number(number) }))];
}

/** Choosing from a fix, and taking it into the operator's repository. */
export function addDeliveryCommands(program: Command, lazily: Lazily): void {
  program
    .command("candidate <case>")
    .description("make a part of a fix the case's own, and have it proved")
    .addOption(targetOption())
    .option("--diff <sha256>", "an earlier diff of the case (default: its present one)")
    .option("--drop <path:n,n>", "leave these hunks out; may be given again", hunkNames, [])
    .option("--no-wait", "queue the proof and return")
    .action(
      lazily(async () => {
        const { work } = await import("../commands/work.ts");
        return (terminal: Terminal, ref: string, options: { wait: boolean }) =>
          work(terminal, "case/candidate", ref, options);
      }),
    );

  const group = program.command("deliver").description("an accepted fix, as a branch of your DeltaPorts");
  const add = (name: string, description: string): Command =>
    group.command(`${name} <case>`).description(description).addOption(targetOption());
  const commands = () => import("../commands/deliver.ts");
  add("preview", "what apply would do").action(lazily(async () => (await commands()).preview));
  add("apply", "make a branch with the fix; nothing that is checked out changes")
    .option("--push", "and push it, as `deliver push` does")
    .option("--no-push", "and leave it there (the default)")
    .action(lazily(async () => (await commands()).apply));
  add("push", "push the branch to the configured forge, and open a draft pull request").action(
    lazily(async () => (await commands()).push),
  );
  add("undo", "remove that branch again").action(lazily(async () => (await commands()).undo));
  add("list", "what was delivered").action(lazily(async () => (await commands()).list));
}
