import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { connectClient, type RpcClient } from "../../../server/src/rpc/client.ts";
import { type Figure, figure } from "./figures.ts";

const rate = 2000;
const seconds = 10;

/** Clients that all follow the stream of one server, another process, while it takes `rate` events a second. */
export async function subscribers(count = 50): Promise<Figure[]> {
  const { path, append, end } = await startAppender();
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
    const told = await append(rate, seconds);
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
    end();
  }
}

/** Of each batch of events how long after its time it was in the store, while readers list and follow what there is. */
export async function writerBeside(readers: number): Promise<Figure[]> {
  const { path, append, end } = await startAppender();
  const clients: RpcClient[] = [];
  let answers = 0;
  let isOver = false;
  const read = async (client: RpcClient): Promise<void> => {
    while (!isOver) {
      await client.call("run/results", { run: "run-1", limit: 200 });
      await client.call("events/list", { after: 0, limit: 200 });
      answers += 2;
    }
  };
  try {
    for (let n = 0; n < readers; n++) {
      const client = await connectClient(path, { name: `bench ${n}`, version: "1" });
      clients.push(client);
      await client.call("events/subscribe", { after: 0 });
    }
    const reading = Promise.all(clients.map(read));
    const told = await append(rate / 10, seconds);
    isOver = true;
    await reading;
    const name = `${readers} readers, ${Math.round(answers / seconds)} answers/s: event due to event stored`;
    return [figure(name, "ms", told.waits), figure("  events/s of 200", "", [told.rate], { least: 190 })];
  } finally {
    isOver = true;
    for (const client of clients) client[Symbol.dispose]();
    end();
  }
}

async function startAppender() {
  const server = spawn(process.execPath, [new URL("appender.ts", import.meta.url).pathname], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const path = (await lines.next()).value as string;
  return {
    path,
    async append(rate: number, seconds: number) {
      server.stdin.write(`${rate} ${seconds}\n`);
      const { value } = await lines.next();
      return JSON.parse(value as string) as { seq: number; rate: number; peak: number; waits: number[] };
    },
    end: () => server.stdin.end(),
  };
}
