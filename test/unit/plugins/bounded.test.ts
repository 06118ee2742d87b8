import { expect, test } from "vitest";
import type {
  BuilderDriver,
  BuildOrder,
  BuildOutcome,
  BuildStream,
} from "../../../server/src/builders/types.ts";
import { bounded } from "../../../server/src/plugins/bounded.ts";

const limits = { plan: 20, versions: 20, locate: 20, phases: 20, overtime: 20, ending: 20 };
const order = (more: Partial<BuildOrder> = {}) => ({ timeoutMs: 10, ...more }) as BuildOrder;
const never = () => new Promise<never>(() => {});
const passed: BuildOutcome = { passed: true, failedPhase: null, cancelled: false, timedOut: false };

/** What a hung driver was given to be stopped by, and to tell. */
interface Heard {
  signals: (AbortSignal | undefined)[];
  stream: BuildStream | null;
}

function hung(more: Partial<typeof limits> = {}): [BuilderDriver, Heard] {
  const heard: Heard = { signals: [], stream: null };
  const hang = (signal: AbortSignal | undefined) => {
    heard.signals.push(signal);
    return never();
  };
  const driver: BuilderDriver = {
    name: "slow",
    log: { locate: ({ signal }) => hang(signal) },
    versions: (_, signal) => hang(signal),
    plan: ({ signal }) => hang(signal),
    build({ signal }, stream) {
      heard.stream = stream;
      return hang(signal);
    },
  };
  return [bounded("toy", driver, { ...limits, ...more }), heard];
}

const told: string[] = [];
const stream: BuildStream = { phase: (name) => void told.push(name), output: () => {} };
const environment = {} as BuildOrder["environment"];

test.each<[string, (driver: BuilderDriver) => Promise<unknown> | undefined]>([
  ["plan", (driver) => driver.plan(order())],
  ["versions", (driver) => driver.versions?.(environment)],
  ["locate", (driver) => driver.log?.locate(order())],
  ["build", (driver) => driver.build(order(), stream)],
])(
  "a %s that never ends is told to, and given up with the plugin's and the step's name",
  async (step, run) => {
    const [driver, heard] = hung();
    await expect(run(driver)).rejects.toMatchObject({
      ...{ name: "BuilderError", reason: "builder" },
      message: expect.stringMatching(
        new RegExp(
          `^plugin toy: ${step} of builder slow took longer than [0-9.]+ s; mend the plugin, or name`,
        ),
      ),
    });
    expect(heard.signals.map((signal) => signal?.aborted)).toEqual([true]);
  },
);

test("a build that is stopped and does not heed it is given up, and what it tells later is not heard", async () => {
  const [driver, heard] = hung({ plan: 600_000 });
  const stop = new AbortController();
  const built = driver.build(order({ timeoutMs: 600_000, signal: stop.signal }), stream);
  heard.stream?.phase("before");
  stop.abort();
  await expect(built).rejects.toThrow("plugin toy: build of builder slow did not end within 0.02 s after");
  heard.stream?.phase("after");
  expect(told).toEqual(["before"]);
  await expect(driver.plan(order({ signal: stop.signal }))).rejects.toThrow("did not end within");
});

test("words are told as well as bytes, and a phase is a name", async () => {
  const heard: unknown[] = [];
  const build = async (_: BuildOrder, stream: BuildStream) => {
    stream.phase(7 as unknown as string);
    stream.output("words" as unknown as Uint8Array);
    return passed;
  };
  const listener: BuildStream = { phase: (name) => heard.push(name), output: (bytes) => heard.push(bytes) };
  await bounded("toy", { name: "own", plan: never, build }, limits).build(order(), listener);
  expect(heard).toEqual(["7", Buffer.from("words")]);
});

test("what ends in time is as it was, errors and all; what answers when it was late is late", async () => {
  const own = (build: BuilderDriver["build"]): BuilderDriver =>
    bounded("toy", { name: "own", plan: never, build }, limits);
  expect(await own(async () => passed).build(order(), stream)).toEqual(passed);
  const broken = own(() => {
    throw new Error("no make");
  });
  await expect(broken.build(order(), stream)).rejects.toThrow("no make");
  const cancelled = { ...passed, passed: false, cancelled: true };
  const late = own(
    ({ signal }) => new Promise((resolve) => signal?.addEventListener("abort", () => resolve(cancelled))),
  );
  await expect(late.build(order(), stream)).rejects.toThrow("took longer than");
  const stop = new AbortController();
  const built = late.build(order({ timeoutMs: 600_000, signal: stop.signal }), stream);
  stop.abort();
  expect(await built).toEqual(cancelled);
});
