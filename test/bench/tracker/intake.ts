import { appendFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { createHookPlace, portVariables } from "../../fixtures/dsynth/hooks.ts";
import { failingLog, Spool } from "../../integration/tracker/spool.ts";
import { type Figure, figure } from "./figures.ts";
import { ports } from "./fill.ts";

const failures = 1200;
const compiling = "cc -O2 -pipe -I/usr/local/include -c file.c -o file.o\n".repeat(1500);

/** A whole run as the hooks leave it behind, taken by the intake of the product; every thirtieth port has failed. */
export async function wholeRun(): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), "portwright-bench-"));
  const store = openStore({ dir: join(dir, "state"), now: Date.now });
  try {
    const spool = new Spool(join(dir, "evidence"));
    writeRun(spool, "R");
    const began = performance.now();
    const before = process.cpuUsage();
    const intake = spool.intake(store, (error) => {
      throw error;
    });
    await intake.poll();
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(before);
    const { counts } = store.run("R") ?? {};
    const taken = Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0);
    if (taken !== ports) throw new Error(`${taken} results of ${ports} were taken`);
    return [
      figure(`intake of ${ports} results, ${failures} with their bundles`, "s", [seconds], { most: 6 }),
      figure("  processor time of it", "s", [(user + system) / 1e6]),
      figure("  events of it a second", "", [store.lastSeq() / seconds]),
    ];
  } finally {
    store.close();
    await rm(dir, { recursive: true });
  }
}

function writeRun(spool: Spool, run: string): void {
  spool.write({ ev: "run_start", run, profile: "main", t: "1700000000" });
  const lines: string[] = [];
  for (let n = 0; n < ports; n++) {
    const origin = `cat${n % 60}/port${n}`;
    const fields = {
      run,
      profile: "main",
      origin,
      flavor: "",
      pkgname: `port${n}-1.0.pkg`,
      t: String(1_700_000_000 + n),
    };
    if (n % (ports / failures) !== 0) lines.push(Spool.line({ ev: "success", ...fields }));
    else {
      const log = gzipSync(`${compiling}${failingLog(`thing${n}`)}`);
      lines.push(
        Spool.line({
          ev: "failure",
          ...fields,
          bundle: spool.bundle(run, origin, { "logs/full.log.gz": log }),
        }),
      );
    }
  }
  appendFileSync(spool.journal, lines.join(""));
}

/** From the start of a real hook of dsynth, with a log of a megabyte, to the event of its case. */
export async function hookToCase(rounds = 60): Promise<Figure[]> {
  const place = await createHookPlace();
  const dir = await mkdtemp(join(tmpdir(), "portwright-bench-"));
  const store = openStore({ dir, now: Date.now });
  const intake = new Spool(place.evidence).intake(store, (error) => {
    throw error;
  });
  try {
    intake.start();
    const samples: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const origin = `devel/port${round}`;
      await mkdir(join(place.ports, origin), { recursive: true });
      await writeFile(join(place.ports, origin, "Makefile"), "PORTNAME=\tone\n");
      const log = `${"cc -O2 -c file.c -o file.o\n".repeat(40_000)}${failingLog(`s${round}`)}`;
      await writeFile(join(place.logs, `devel___port${round}.log`), log);
      const seen = Promise.withResolvers<void>();
      using _listening = store.onAppend((events) => {
        if (events.some(({ type, payload }) => type === "case/changed" && payload.origin === origin))
          seen.resolve();
      });
      const before = performance.now();
      await place.run("pkg_failure", portVariables(origin));
      await seen.promise;
      samples.push(performance.now() - before);
    }
    return [figure("hook of a failure to its case, log of 1 MB", "ms", samples, { p95: 1000 })];
  } finally {
    await intake.stop();
    store.close();
    await place.remove();
    await rm(dir, { recursive: true });
  }
}
