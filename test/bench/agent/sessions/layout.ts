import type { RecordedAttempt } from "../../../../server/src/agent/replay/types.ts";
import { parseResult } from "../../../../server/src/agent/tools/result.ts";
import { promptBytes, schemaBytes } from "./today.ts";

const bytesPerToken = 4;

/**
 * Tokens of a recorded session, answers included, and of the very same calls under today's layout: its prompt, its schemas, and
 * the first window of each file is the whole of it, which is read once. All else is taken as it is.
 */
export function sameCallsToday(
  bodies: readonly string[],
  { turns }: Pick<RecordedAttempt, "turns">,
): { now: number; today: number } {
  const answers = sum(turns.map(({ usage }) => usage.outputTokens));
  let [now, today] = [answers, answers];
  const whole = new Map<string, number>();
  for (const [index, body] of bodies.entries()) {
    const { messages, tools } = JSON.parse(body) as { messages: { content: string }[]; tools: unknown };
    const bytes = Buffer.byteLength(body);
    const own =
      Buffer.byteLength(JSON.stringify(messages[0]?.content)) + Buffer.byteLength(JSON.stringify(tools));
    now += bytes / bytesPerToken;
    today += (bytes - own + promptBytes + schemaBytes + sum(whole.values())) / bytesPerToken;
    for (const { name, result } of turns[index]?.calls ?? [])
      if (name === "get_file") keepWhole(whole, result);
  }
  return { now: Math.round(now), today: Math.round(today) };
}

/** Keeps by path the bytes of a file that its first window left out. */
function keepWhole(whole: Map<string, number>, result: string): void {
  const { path, bytes } = parseResult(result).facts;
  if (typeof path === "string" && typeof bytes === "number" && !whole.has(path))
    whole.set(path, Math.max(0, bytes - Buffer.byteLength(result)));
}

const sum = (values: Iterable<number>): number => [...values].reduce((all, value) => all + value, 0);
