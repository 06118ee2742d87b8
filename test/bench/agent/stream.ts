import { setTimeout as sleep } from "node:timers/promises";
import type { LiveTeller } from "../../../server/src/agent/live/teller.ts";
import { createOpenAiProvider } from "../../../server/src/agent/model/openai.ts";
import { connectClient, type RpcClient } from "../../../server/src/rpc/client.ts";
import { chunk, usageChunk } from "../../fixtures/model-server/chunks.ts";
import { startModelServer } from "../../fixtures/model-server/server.ts";
import { seedCases, startTestServer } from "../../integration/rpc/services.ts";
import { type Figure, figure } from "../tracker/figures.ts";

const tokensASecond = 50;

/**
 * From the moment a model's endpoint sends a word to that when the client sees it who follows the attempt: HTTP on loopback, the
 * provider, the feed, the socket. All run in this one process, endpoint and clients too, so it is more than a server alone
 * takes. As models do, each token begins with the space that ends the word before, which is shown only then.
 */
export async function tokenToSubscriber(sessions = 20, seconds = 10): Promise<Figure[]> {
  const words = tokensASecond * seconds;
  await using server = await startTestServer();
  const clients: RpcClient[] = [];
  const tellers: LiveTeller[] = [];
  const latencies: number[] = [];
  const model = await startModelServer(() => ({ chunks: stamped(words) }));
  try {
    for (let n = 0; n < sessions; n += 1) {
      const id = `case-${n}`;
      seedCases(server.services.store, { id, origin: `devel/port${n}` });
      const client = await connectClient(server.rpc.path, { name: `bench ${n}`, version: "1" });
      clients.push(client);
      client.on("session/live", ({ changes }) => {
        const now = performance.now();
        for (const change of changes)
          if (change.type === "text")
            for (const [word] of change.text.matchAll(/[\d.]+/g)) latencies.push(now - Number(word));
      });
      tellers.push(server.services.live.begin(id, `attempt-${n}`));
      await client.call("session/follow", { case: id });
    }
    await Promise.all(tellers.map(answer));
    const all = sessions * words;
    for (let waited = 0; latencies.length < all && waited < 5000; waited += 20) await sleep(20);
    return [
      figure(`${sessions} sessions of ${tokensASecond} tokens/s: token to subscriber`, "ms", latencies, {
        p95: 60,
      }),
      figure("tokens that no subscriber saw", "", [all - latencies.length], { most: 0 }),
    ];
  } finally {
    for (const one of [...tellers, ...clients]) one[Symbol.dispose]();
    await model.close();
  }

  async function answer(live: LiveTeller): Promise<void> {
    const provider = createOpenAiProvider({
      ...{ baseURL: model.url, apiKey: () => "", model: "scripted", maxOutputTokens: 100_000 },
      ...{ now: Date.now, sleep: async () => {}, random: () => 0.5, newId: () => "id" },
    });
    const messages = [{ role: "user" as const, content: "Go." }];
    const signal = new AbortController().signal;
    live.turn(1);
    await provider.complete({ messages, tools: [], maxOutputTokens: 100_000, signal, watch: live });
  }
}

/** Words that say when they were sent. */
async function* stamped(words: number): AsyncGenerator<unknown> {
  const began = performance.now();
  for (let word = 0; word < words; word += 1) {
    await sleep(Math.max(0, began + (1000 / tokensASecond) * word - performance.now()));
    yield chunk({ content: ` ${performance.now().toFixed(1)}` });
  }
  yield chunk({ content: "\n" }, { finish_reason: "stop" });
  yield usageChunk({ prompt_tokens: 10, completion_tokens: words });
}
