import { type Command, Option } from "commander";
import type { Terminal } from "../terminal.ts";
import { type Lazily, numberOption, targetOption } from "./options.ts";

const load = () => import("../commands/sessionRecord.ts");

/** What an attempt said and did, and what can be done with its record. */
export function addSessionCommands(program: Command, lazily: Lazily): void {
  const withAttempt = (command: Command): Command =>
    command.addOption(targetOption()).addOption(numberOption("--attempt <n>", "not the newest one"));
  const session = withAttempt(program.command("session <case>").description("what an attempt said and did"))
    .option("--follow", "go on until it ends")
    .option("--told", "first the whole message that it was opened with")
    .action(lazily(async () => (await import("../commands/session.ts")).session));
  withAttempt(session.command("replay <case>"))
    .description("run it again from its record, without network and environment: is each request the same?")
    .action(withParents(lazily(async () => (await load()).replay)));
  withAttempt(session.command("export <case>"))
    .description("write all that is kept of it to a new file")
    .option("--html", "as a page to read, which loads and runs nothing")
    .addOption(new Option("--jsonl <file>", "as JSON lines").conflicts(["html", "out"]))
    .option("--out <file>", "name of the page; otherwise port and attempt, here")
    .action(withParents(lazily(async () => (await load()).exportSession)));
  addAnswers(session, lazily);
}

/** The answer to a call that the policy leaves to a person. */
function addAnswers(session: Command, lazily: Lazily): void {
  const what = {
    approve: "let the call be made that waits for your answer; the text is told to the model",
    reject: "the same, but the call is not made",
  };
  for (const word of ["approve", "reject"] as const)
    session
      .command(`${word} <case> [text]`)
      .description(what[word])
      .addOption(targetOption())
      .action(
        withParents(
          lazily(async () => {
            const { answer } = await import("../commands/control.ts");
            return (terminal: Terminal, ref: string, text: string | undefined, options: object) =>
              answer(terminal, word, ref, text, options);
          }),
        ),
      );
}

/** Options that a command has in common with the one above it are taken by that one, wherever they stand. */
const withParents =
  (act: (...given: unknown[]) => Promise<void>) =>
  (...given: [...unknown[], Command]): Promise<void> => {
    const command = given.at(-1) as Command;
    return act(...given.slice(0, -2), command.optsWithGlobals(), command);
  };
