import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { estimateTokens } from "../../server/src/agent/model/usage.ts";
import { replayAttempt } from "../../server/src/agent/replay/replay.ts";
import { toolSchemas } from "../../server/src/agent/tools/toolbox.ts";
import { createSample } from "../integration/agent/sample.ts";
import type { Cost } from "./agent/meter.ts";
import { measureRecipes } from "./agent/recipes.ts";
import { runSession } from "./agent/session.ts";
import { measureSessions } from "./agent/sessions/run.ts";
import { tokenToSubscriber } from "./agent/stream.ts";
import { print } from "./tracker/figures.ts";

/**
 * What the loop sends and costs, and how soon people see it, against a scripted model on loopback: sessions, and turns of
 * each. `sessions`: only the tokens of repairs shaped as recorded ones. `recipes [CORPUS]`: what the rule book settles without one.
 */
export async function run(args: string[]): Promise<void> {
  if (args[0] === "recipes") return measureRecipes(args[1]);
  if (args[0] === "sessions") return measureSessions();
  const [givenSessions = "5", givenTurns = "40"] = args;
  const [sessions, turns] = [Number(givenSessions), Number(givenTurns)];
  await frozenPart();
  const sample = await createSample();
  const own: Cost[] = [];
  const tools: Cost[] = [];
  const again: number[] = [];
  let [sent, repeated, before, equal] = [0, 0, 0, 0];
  try {
    // Once beforehand, since the first session pays for all that is loaded and compiled.
    await runSession(sample, turns);
    for (let session = 0; session < sessions; session += 1) {
      const measured = await runSession(sample, turns);
      own.push(...measured.own);
      tools.push(...measured.tools);
      for (const [index, body] of measured.bodies.entries()) {
        const earlier = measured.bodies[index - 1];
        if (index < 2 || earlier === undefined) continue;
        const common = commonBytes(earlier, body);
        sent += Buffer.byteLength(body);
        repeated += common;
        before += Buffer.byteLength(earlier);
      }
      const began = performance.now();
      if ((await replayAttempt(measured.record)).equal) equal += 1;
      again.push(performance.now() - began);
    }
  } finally {
    await sample.remove();
  }
  await measureSessions();
  console.log(`${sessions} sessions of ${turns} turns; requests after the second turn:`);
  console.log(`  ${share(repeated, before)} of a request's bytes begin the next one unchanged`);
  console.log(
    `  ${share(repeated, sent)} of a request's bytes were there the turn before: what a cache can serve`,
  );
  console.log(`server a turn, from the answer's end to the next request (${own.length} turns):`);
  for (const [name, costs] of Object.entries({ "its own work": own, "the tools": tools })) {
    const [wall, cpu] = [costs.map((cost) => cost.wall), costs.map((cost) => cost.cpu)];
    console.log(`  ${name}: ${spread(wall)}; of a processor ${spread(cpu)}`);
  }
  print(await tokenToSubscriber());
  console.log(`replayed to the same bytes: ${equal} of ${sessions}, each ${spread(again)}`);
}

async function frozenPart(): Promise<void> {
  const system = await readFile(join(import.meta.dirname, "../../policy/prompts/system.md"), "utf8");
  const schemas = JSON.stringify(toolSchemas);
  const [prompt, list] = [estimateTokens(system), estimateTokens(schemas)];
  console.log(
    `system prompt ${prompt} + ${toolSchemas.length} tool schemas ${list} = ${prompt + list} tokens, estimated at 4 bytes a token`,
  );
}

/** Bytes that two texts have in common from their beginning. */
function commonBytes(one: string, other: string): number {
  let end = 0;
  while (end < one.length && one[end] === other[end]) end += 1;
  return Buffer.byteLength(one.slice(0, end));
}

const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`;

function spread(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return `p50 ${at(0.5).toFixed(1)} ms, p95 ${at(0.95).toFixed(1)} ms`;
}
