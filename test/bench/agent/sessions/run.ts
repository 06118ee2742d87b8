import { turn } from "../../../fixtures/model-server/chunks.ts";
import type { Script } from "../../../fixtures/model-server/server.ts";
import { createSample, type Sample } from "../../../integration/agent/sample.ts";
import { sameCallsToday } from "./layout.ts";
import { addShapedPorts, shapedPorts } from "./ports.ts";
import { type Session, sessions } from "./sessions.ts";
import { firstMessage, tokensToday, wordsOf } from "./today.ts";

/** Each session as it really runs here, to a port that builds, against today's layout; the README says what that is. */
export async function measureSessions(): Promise<void> {
  const sample = await createSample("auto", addShapedPorts);
  const shares: number[] = [];
  try {
    for (const session of sessions) {
      const { after, recorded, today: calls } = session;
      const first = await firstToday(sample, session);
      const words = wordsOf({ first, calls, windows: true }, recorded);
      const { here, turns, sameCalls } = await runHere(sample, session, words);
      const today = tokensToday({ first, calls, windows: false }, words);
      shares.push(here / today);
      console.log(
        `${after}: ${turns} turns of ${calls.length}, in all ${words * calls.length} tokens said by the model`,
      );
      console.log(`  here ${here} tokens: ${share(here, today)} of today's layout (${today})`);
      console.log(
        `  ${share(here, recorded)} of what was recorded (${recorded}); ${share(here, sameCalls)} of just these calls today (${sameCalls})`,
      );
    }
  } finally {
    await sample.remove();
  }
  const median = shares.toSorted((a, b) => a - b)[Math.floor((shares.length - 1) / 2)] ?? 0;
  const most = Math.max(...shares);
  const end = most <= 0.35 ? "met" : "MISSED";
  console.log(
    `tokens of today's layout: median ${percent(median)}, most ${percent(most)}; goal <= 35 % ${end}`,
  );
}

async function firstToday(sample: Sample, { origin }: Session): Promise<number> {
  const port = Object.values(shapedPorts).find((one) => one.origin === origin);
  if (port === undefined) throw new Error(`${origin} is no port of these`);
  const [log] = (await sample.bundle(origin)).artifacts;
  return firstMessage(port, log?.bytes ?? 0);
}

/** The model says as much in all as on the other road, though in fewer turns. */
async function runHere(sample: Sample, { origin, here, today: calls }: Session, words: number) {
  const text = sentence.repeat((words * calls.length) / here.length / (sentence.length / 4));
  const script: Script = (request) => {
    const number = request.json.messages.filter(({ role }) => role === "assistant").length;
    return turn({ text, calls: here[number]?.(request) ?? [] }, request);
  };
  const { report, server, record } = await sample.attempt(origin, script, {
    request: { budget: { tokens: 5_000_000, turns: 40, builds: 8, wallMs: 600_000 } },
    maxOutputTokens: 64_000,
  });
  if (report.outcome !== "fixed" || report.turns !== here.length)
    throw new Error(`${origin} ended ${report.outcome} after ${report.turns} turns: ${report.summary}`);
  const bodies = server.requests.map(({ body }) => body);
  const { now, today } = sameCallsToday(bodies, record);
  return { here: now, turns: report.turns, sameCalls: today };
}

const sentence = "The linker does not find it.";
const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
const share = (part: number, whole: number): string => percent(part / whole);
