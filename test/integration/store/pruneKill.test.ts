import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import type { StoredEvent } from "../../../server/src/protocol/index.ts";
import { checkState } from "../../../server/src/store/sqlite/check.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { sampleRun } from "../../fixtures/states/entities.ts";
import { everything, inSilence, newestById, tellStory } from "./prunable.ts";

const rounds = 8;

/** Kills the pruner with kill -9 some time after its step of that number; false when it came to its end before. */
async function killedAfter(dir: string, step: number, delay: number): Promise<boolean> {
  const script = new URL("pruner.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, dir], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let steps = 0;
  for await (const _ of createInterface({ input: child.stdout })) {
    steps += 1;
    if (steps === step) setTimeout(() => child.kill("SIGKILL"), delay);
  }
  const [, signal] = await exited;
  return signal === "SIGKILL";
}

/** States overtaken many times over, in several steps of the stream, and many contents that are let go. */
async function fill(store: Store): Promise<void> {
  for (let n = 0; n < 60; n++) await tellStory(store, `p${n}`, n % 6 ? ["triaged", "closed"] : ["triaged"]);
  for (let n = 0; n < 40; n++)
    store.append(
      Array.from({ length: 500 }, (_, built) => ({
        type: "run/changed" as const,
        payload: sampleRun({ counts: { built, failed: n, skipped: 0, ignored: 0 } }),
      })),
    );
}

const streamOf = (store: Store): StoredEvent[] => store.events(0, 100_000);

test(`${rounds} times kill -9 while pruning: the state stays whole, and the next time does the rest`, async () => {
  const folder = await mkdtemp(join(tmpdir(), "portwright-prune-kill-"));
  const at = (name: string) => join(folder, name);
  try {
    const store = openStore({ dir: at("state"), now: Date.now });
    await fill(store);
    const newest = newestById(streamOf(store));
    store.close();
    await cp(at("state"), at("pruned"), { recursive: true });
    const undisturbed = openStore({ dir: at("pruned"), now: Date.now });
    await undisturbed.prune(everything(Date.now() + 1000), inSilence);
    const wanted = streamOf(undisturbed);
    undisturbed.close();

    let killed = 0;
    for (let round = 0; round < rounds; round++) {
      await cp(at("state"), at("round"), { recursive: true });
      killed += Number(await killedAfter(at("round"), 1 + round * 4, (round * 7) % 20));
      const left = openStore({ dir: at("round"), now: Date.now });
      const { horizon } = left.pruned();
      expect(newestById(streamOf(left))).toEqual(newest);
      expect(streamOf(left).length).toBeGreaterThanOrEqual(wanted.length);
      if (streamOf(left).length < 20_000) expect(horizon).toBeGreaterThan(0);
      await left.prune(everything(Date.now() + 1000), inSilence);
      expect(streamOf(left)).toEqual(wanted);
      left.close();
      const report = await checkState(at("round"), { ...inSilence, readContents: true });
      expect(report.problems).toEqual([]);
      await rm(at("round"), { recursive: true });
    }
    expect(killed).toBeGreaterThan(0);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 180_000);
