import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { connectClient, type RpcClient } from "../../../server/src/rpc/client.ts";
import { type Figure, figure } from "./figures.ts";

const rate = 2000;
const seconds = 10;

/** Clients that all follow the stream of one server, another process, while it takes `rate` events a second. */
export async function subscribers(count = 50): Promise<Figure[]> {
  const server = spawn(process.execPath, [new URL("appender.ts", import.meta.url).pathname], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const path = (await lines.next()).value as string;
  const clients: RpcClient[] = [];
  const latencies: number[] = [];
  const seen = new Array<number>(count).fill(0);
  let disorder = 0;
  try {
    for (let n = 0; n < count; n++) {
      const client = await connectClient(path, { name: `bench ${n}`, version: "1" });
      clients.push(client);
      client.on("events/batch", ({ events }) => {
        const now = Date.now();
        for (const { seq, at } of events) {
          if (seq !== (seen[n] ?? 0) + 1) disorder += 1;
          seen[n] = seq;
          latencies.push(now - at);
        }
      });
      await client.call("events/subscribe", { after: 0 });
    }
    server.stdin.write(`${rate} ${seconds}\n`);
    const told = JSON.parse((await lines.next()).value as string) as {
      seq: number;
      rate: number;
      peak: number;
    };
    const last = performance.now();
    while (seen.some((seq) => seq < told.seq) && performance.now() - last < 60_000)
      await new Promise((resolve) => setTimeout(resolve, 20));
    const lost = seen.filter((seq) => seq < told.seq).length;
    return [
      figure(
        `${count} subscribers, ${Math.round(told.rate)} events/s: event to subscriber`,
        "ms",
        latencies,
        { p95: 100 },
      ),
      figure("events lost, doubled or out of order", "", [lost + disorder], { most: 0 }),
      figure("server's memory at most", "MB", [told.peak / 1e6], { most: 300 }),
    ];
  } finally {
    for (const client of clients) client[Symbol.dispose]();
    server.stdin.end();
  }
}
