import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { followLog } from "../../../server/src/builders/follow.ts";
import { copyLog } from "../../../server/src/builders/ownLog.ts";
import type { BuilderLog, BuildOrder } from "../../../server/src/builders/types.ts";
import { bounded } from "../../../server/src/plugins/bounded.ts";

const limits = { plan: 1000, versions: 1000, locate: 1000, phases: 50, overtime: 1000, ending: 1000 };
const log = Buffer.from("step one\nhello\nstep two\n");

const logOf = (phaseOf: (line: string) => unknown): BuilderLog => {
  const none = async () => {
    throw new Error("not asked for here");
  };
  const own = { locate: async () => "/work/obj/log", phaseOf } as BuilderLog;
  return bounded("toy", { name: "own", plan: none, build: none, log: own }, limits).log as BuilderLog;
};

async function followed(own: BuilderLog): Promise<[string[], string]> {
  const phases: string[] = [];
  let output = "";
  const readRange = async (_: string, offset: number) => {
    return { data: log.subarray(offset), bytes: log.length, inode: 1 };
  };
  const order = { environment: { files: { readRange } } } as unknown as BuildOrder;
  const stream = {
    phase: (name: string) => void phases.push(name),
    output: (bytes: Uint8Array) => {
      output += Buffer.from(bytes);
    },
  };
  await followLog(own, order, stream).end();
  return [phases, output];
}

async function copied(own: BuilderLog): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "portwright-phase-of-"));
  try {
    async function* pieces() {
      yield log;
    }
    await copyLog(pieces(), join(folder, "log"), own);
    return await readFile(join(folder, "log"), "utf8");
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("a phaseOf that loops holds nobody up: the log is still told, and its copy refused with the plugin's name", async () => {
  let begun = 0;
  const own = logOf((line) => {
    if (line !== "hello") return;
    begun += 1;
    for (;;);
  });
  expect(await followed(own)).toEqual([[], `${log}`]);
  await expect(copied(own)).rejects.toMatchObject({
    ...{ name: "BuilderError", reason: "builder" },
    message: expect.stringMatching(/^plugin toy: phaseOf of builder own took longer than 0.05 s; mend/),
  });
  expect(begun).toBe(1);
});

test("what it answers of a line is a phase only where it is a name", async () => {
  const answers: Record<string, unknown> = { "step one": "one", hello: false, "step two": null };
  const own = logOf((line) => answers[line] ?? "");
  expect(await followed(own)).toEqual([["one"], `${log}`]);
  expect((await copied(own)).match(/^-- Phase: .*$/gm)).toEqual(["-- Phase: one"]);
  const broken = logOf(() => {
    throw new TypeError("no such phase");
  });
  await expect(copied(broken)).rejects.toMatchObject({ name: "BuilderError", message: "no such phase" });
});
