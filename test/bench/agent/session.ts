import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LiveFeed } from "../../../server/src/agent/live/feed.ts";
import type { LiveTeller } from "../../../server/src/agent/live/teller.ts";
import type { RecordedAttempt } from "../../../server/src/agent/replay/types.ts";
import { sha256 } from "../../../server/src/agent/tools/text.ts";
import { redact } from "../../../server/src/evidence/redact.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { type ScriptedCall, turn } from "../../fixtures/model-server/chunks.ts";
import type { Script } from "../../fixtures/model-server/server.ts";
import { sampleAttempt, sampleJob } from "../../fixtures/states/entities.ts";
import type { Sample } from "../../integration/agent/sample.ts";
import { seedCases } from "../../integration/rpc/services.ts";
import { type Cost, createMeter } from "./meter.ts";

const origin = "games/tilerun";
const overlay = `/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`;
const file = "/work/freebsd-ports/Mk/bsd.port.post.mk";
const read = (path: string, from: number, lines: number): ScriptedCall => ({
  name: "get_file",
  arguments: { path, from, lines },
});
const edited = (number: number): string => `USES+=\tgmake\n# ${number}\n`;

/** What a model does turn by turn, over and over: it looks around, reads, edits, builds. */
const habits: readonly ((number: number) => ScriptedCall[])[] = [
  () => [{ name: "list_dir", arguments: { path: `/work/DPorts/${origin}` } }],
  (number) => [{ name: "grep", arguments: { path: "/work/freebsd-ports/Mk", pattern: `[${number % 7}-9]` } }],
  (number) => [read(file, number, 40)],
  (number) => [read(file, 1, 20 + number), { name: "port_query", arguments: { variables: ["USES"] } }],
  (number) => {
    const before = number <= habits.length ? null : sha256(edited(number - habits.length));
    return [{ name: "put_file", arguments: { path: overlay, content: edited(number), sha256: before } }];
  },
  (number) => [read(file, number + 20, 120)],
  () => [{ name: "build", arguments: {} }],
];

/** One session as it was sent and kept, with what each turn cost the server. */
export interface Measured {
  /** Texts of the requests. */
  bodies: string[];
  /** From the end of an answer to the next request: the server's own work, and the tools' with the processes they wait for. */
  own: Cost[];
  tools: Cost[];
  record: RecordedAttempt;
}

/** A scripted model over loopback, the real loop and tools, and a store that keeps each turn: for what a turn costs the server. */
export async function runSession(sample: Sample, turns: number): Promise<Measured> {
  const dir = await mkdtemp(join(tmpdir(), "portwright-bench-"));
  const store = openStore({ dir, now: Date.now });
  seedCases(store, { id: "case-1" });
  store.append([
    { type: "job/changed", payload: sampleJob() },
    { type: "attempt/changed", payload: sampleAttempt() },
  ]);
  const own: Cost[] = [];
  const tools: Cost[] = [];
  const meter = createMeter();
  const script: Script = (request, index) => {
    const cost = meter.read();
    if (index > 0) {
      own.push(cost.own);
      tools.push(cost.apart);
    }
    const last = { name: "finish", arguments: { status: "gave-up", summary: "That was all." } };
    const calls = index + 1 < turns ? (habits[index % habits.length]?.(index + 1) ?? []) : [last];
    const { chunks } = turn({ text: words(80), reasoning: words(200), calls }, request);
    const timed = async function* () {
      yield* chunks;
      meter.begin();
    };
    return { chunks: timed() };
  };
  try {
    using teller = new LiveFeed({ redact, now: Date.now }).begin("case-1", "attempt-1");
    const live: LiveTeller = {
      ...teller,
      call(call) {
        teller.call(call);
        meter.beginPart();
      },
      called(...told) {
        meter.endPart();
        teller.called(...told);
      },
    };
    const limits = { tokens: 5_000_000, turns: turns + 1, builds: turns, wallMs: 600_000 };
    const kept: RecordedAttempt["turns"][number][] = [];
    const { server, record } = await sample.attempt(origin, script, {
      request: {
        ...{ live, budget: limits },
        onTurn(payload) {
          kept.push(payload);
          store.append([{ type: "turn/recorded", payload }]);
        },
      },
    });
    return {
      bodies: server.requests.map(({ body }) => body),
      own,
      tools,
      record: { ...record, turns: kept },
    };
  } finally {
    store.close();
    await rm(dir, { recursive: true, force: true });
  }
}

const words = (count: number): string => "The linker does not find it. ".repeat(count / 6).trim();
