import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../../server/src/store/sqlite/open.ts";
import { type Figure, figure, print } from "./tracker/figures.ts";
import { fillRuns, ports } from "./tracker/fill.ts";
import { hookToCase, wholeRun } from "./tracker/intake.ts";
import { pruned } from "./tracker/prune.ts";
import { reads } from "./tracker/reads.ts";
import { subscribers, writerBeside } from "./tracker/subscribers.ts";

/**
 * The tracker with years of bulk runs in it. The arguments are numbers of runs of which the growth is shown; the last is
 * the one whose lists are measured. 100 runs are about five million events and 1.6 GB under the temporary folder.
 */
export async function run(args: string[]): Promise<void> {
  const sizes = args.length > 0 ? args.map(Number) : [1, 10, 100];
  if (sizes.some((size, n) => !Number.isInteger(size) || size <= (sizes[n - 1] ?? 0)))
    throw new Error("usage: npm run bench -- tracker [RUNS ...], whole numbers that grow");
  const beside = [...(await writerBeside(0)), ...(await writerBeside(100))];
  print([...(await wholeRun()), ...(await hookToCase()), ...(await subscribers()), ...beside]);
  const dir = mkdtempSync(join(tmpdir(), "portwright-bench-"));
  try {
    console.log(`\nruns of ${ports} ports    events  events/s      MB  opened in ms`);
    let figures: Figure[] = [];
    let filled = 0;
    for (const size of sizes) {
      const store = openStore({ dir, now: Date.now });
      const before = store.lastSeq();
      const began = performance.now();
      fillRuns(store, filled, size);
      const rate = ((store.lastSeq() - before) / (performance.now() - began)) * 1000;
      const events = store.lastSeq();
      filled = size;
      store.close();
      const opening = performance.now();
      const again = openStore({ dir, now: Date.now });
      const opened = performance.now() - opening;
      const megabytes = statSync(join(dir, "state.db")).size / 1e6;
      const cells = [events.toFixed(0), rate.toFixed(0), megabytes.toFixed(0), opened.toFixed(1)];
      console.log(`${String(size).padEnd(18)}${cells.map((cell) => cell.padStart(10)).join("")}`);
      figures = [
        figure("events appended in batches, a second", "", [rate], { least: 15_000 }),
        ...reads(again, size),
      ];
      if (size === sizes.at(-1)) figures.push(...(await pruned(again)));
      again.close();
    }
    console.log("");
    print(figures);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
