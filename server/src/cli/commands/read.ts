import { writeFile } from "node:fs/promises";
import type { StoredEvent } from "../../protocol/index.ts";
import { diffPath, type HunkName, parseUnifiedDiff } from "../../protocol/unifiedDiff.ts";
import { describeEvent } from "../eventText.ts";
import { CliError, exitCodes } from "../failure.ts";
import { followEvents } from "../follow.ts";
import { clean } from "../output.ts";
import { asJson, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import type { CaseOptions } from "./case.ts";

/** Writes the diff as it is to a file or a pipe; on a terminal control characters are taken out. */
export async function diff(
  terminal: Terminal,
  ref: string,
  { target, output, hunks }: CaseOptions & { output?: string; hunks?: boolean },
): Promise<void> {
  const result = await withServer(terminal, (client) =>
    client.call("case/diff", { case: ref, target }, terminal.signal),
  );
  if (output) await writeFile(output, result.diff);
  if (hunks) {
    const named = namedHunks(result.diff);
    const text = named.map(({ path, hunk, text }) => `${path}:${hunk}\n${text}\n`).join("\n");
    terminal.out(terminal.json ? asJson({ sha256: result.sha256, hunks: named }) : clean(text));
  } else if (terminal.json) terminal.out(asJson(result));
  else if (!output) terminal.out(process.stdout.isTTY ? clean(result.diff) : result.diff);
  if (!result.proved) terminal.err("portwright: this diff is not proved\n");
}

/** Throws CliError for a diff that has no hunks to choose from. */
function namedHunks(diff: string): (HunkName & { text: string })[] {
  const files = parseUnifiedDiff(diff);
  if (files === null) throw new CliError(exitCodes.failure, "this diff can only be taken as a whole");
  const lines = diff.split("\n");
  return files.flatMap((file) =>
    file.hunks.map(({ first, last }, index) => ({
      path: diffPath(file),
      hunk: index + 1,
      text: lines.slice(first, last + 1).join("\n"),
    })),
  );
}

interface EventOptions {
  after?: string;
  tail?: string;
  follow?: boolean;
  type?: string[];
  case?: string;
  target?: string;
}

/** One line an event; with --json the event itself on its line. Without --follow it ends at the newest one. */
export async function events(terminal: Terminal, options: EventOptions): Promise<void> {
  const { type: types, case: ref, target, follow = false } = options;
  // Given by the person as they are; the server names the types that it knows.
  const filter = {
    ...(types && { types: types as never }),
    ...(ref && { case: ref }),
    ...(target && { target }),
  };
  await withServer(terminal, async (client) => {
    const show = (event: StoredEvent): void => {
      const { seq, at } = event;
      terminal.out(
        terminal.json
          ? `${JSON.stringify(event)}\n`
          : `${seq} ${new Date(at).toISOString()} ${event.type} ${describeEvent(event)}\n`,
      );
    };
    const filtered = Object.keys(filter).length > 0 && { filter };
    let last = client.server.seq;
    let after = Number(options.after ?? (follow ? last : 0));
    if (options.tail !== undefined) {
      const tail = await client.call(
        "events/tail",
        { limit: Number(options.tail), ...filtered },
        terminal.signal,
      );
      tail.events.forEach(show);
      after = last = tail.seq;
      if (tail.after > 0 && tail.events.length < Number(options.tail))
        terminal.err(`portwright: nothing up to ${tail.after} was looked at\n`);
    }
    // Refused where the stream has not come to it since, as a subscription is.
    if (after > last && !follow)
      last = (await client.call("events/list", { after, limit: 1 }, terminal.signal)).seq;
    if (after >= last && !follow) return;
    const request = {
      ...{ after, until: follow ? undefined : last },
      ...filtered,
      onSnapshot: (to: number) =>
        terminal.err(`portwright: up to ${to} only what is newest is kept; what it overtook was pruned\n`),
    };
    await followEvents(client, request, terminal.signal, async (event) => {
      show(event);
      return true;
    });
  });
}
