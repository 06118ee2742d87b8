import { setTimeout as sleep } from "node:timers/promises";
import { sampleResult, sampleRun } from "../../fixtures/states/entities.ts";
import { startTestServer } from "../../integration/rpc/services.ts";

/** A server of its own process; told `RATE SECONDS` on stdin it appends so many events a second, then says how it went. */
await using server = await startTestServer();
const { store } = server.services;
store.append([{ type: "run/changed", payload: sampleRun() }]);
console.log(server.rpc.path);

const perBatch = 20;
for await (const chunk of process.stdin) {
  const [rate = 0, seconds = 0] = String(chunk).split(" ").map(Number);
  const began = performance.now();
  let peak = 0;
  const waits: number[] = [];
  for (let sent = 0; sent < rate * seconds; sent += perBatch) {
    store.append(
      Array.from({ length: perBatch }, (_, n) => ({
        type: "result/recorded" as const,
        payload: sampleResult({
          origin: `cat/port${sent + n}`,
          pkgname: `port${sent + n}-1.0.pkg`,
          seconds: 7,
        }),
      })),
    );
    waits.push(performance.now() - began - (sent / rate) * 1000);
    peak = Math.max(peak, process.memoryUsage.rss());
    const due = began + ((sent + perBatch) / rate) * 1000;
    await sleep(Math.max(0, due - performance.now()));
  }
  const took = (performance.now() - began) / 1000;
  console.log(JSON.stringify({ seq: store.lastSeq(), rate: (rate * seconds) / took, peak, waits }));
}
