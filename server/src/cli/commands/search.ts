import { portName, table, when } from "../output.ts";
import { type ListOptions, more, pageSize } from "../page.ts";
import { callAndShow } from "../session.ts";
import type { Terminal } from "../terminal.ts";

interface SearchOptions extends ListOptions {
  // Given by the person as they are; the server names the values that it knows.
  in?: string[];
  class?: string[];
  phase?: string;
  run?: string;
  hidden?: boolean;
}

export async function search(terminal: Terminal, words: string[], options: SearchOptions): Promise<void> {
  const params = {
    text: words.join(" "),
    target: options.target,
    states: options.in as never,
    classifications: options.class as never,
    phase: options.phase,
    run: options.run,
    hidden: options.hidden ? undefined : ("without" as const),
    ...pageSize(options.limit),
  };
  await callAndShow(terminal, "cases/search", params, ({ hits, nextCursor }) =>
    hits.length === 0
      ? "nothing found\n"
      : `${table(
          hits,
          [
            { title: "CASE", value: ({ case: { id } }) => id },
            { title: "PORT", value: ({ case: subject }) => portName(subject) },
            { title: "TARGET", value: ({ case: { target } }) => target },
            { title: "STATE", value: ({ case: { state } }) => state },
            { title: "CLASS", value: ({ classification }) => classification },
            { title: "PHASE", value: ({ phase }) => phase ?? "-" },
            { title: "FAILED", value: ({ at }) => when(at) },
            { title: "LINE", value: ({ snippet }) => snippet },
          ],
          terminal.width,
        )}${more(nextCursor)}`,
  );
}
