import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { Spool } from "./spool.ts";

const rounds = 200;
const portsOfRound = 6;

/** The ingester as one file, which starts several times faster than its sources. */
async function bundleIngester(outfile: string): Promise<void> {
  await build({
    entryPoints: [new URL("ingester.ts", import.meta.url).pathname],
    ...{ outfile, bundle: true, platform: "node", format: "cjs", logLevel: "silent" },
    external: ["better-sqlite3"],
  });
}

/** One round: the child takes while records come, and is killed with kill -9 `delay` ms after its start. */
async function killedWhileTaking(
  script: string,
  dir: string,
  write: () => Promise<void>,
  delay: number,
): Promise<void> {
  const env = { ...process.env, NODE_PATH: resolve(import.meta.dirname, "../../../node_modules") };
  const child = spawn(process.execPath, [script, dir], { stdio: ["ignore", "pipe", "inherit"], env });
  const exited = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), exited]);
  await Promise.all([write(), pause(delay)]);
  child.kill("SIGKILL");
  const [code, signal] = await exited;
  expect([code, signal]).toEqual([null, "SIGKILL"]);
}

test(`${rounds} times kill -9 while taking: no result is lost or doubled, and blobs are whole`, async () => {
  const dir = await mkdtemp(join(tmpdir(), "portwright-kill-"));
  try {
    const spool = new Spool(join(dir, "evidence"));
    const names: string[] = [];
    const script = join(dir, "ingester.cjs");
    await bundleIngester(script);
    spool.write({ ev: "run_start", run: "R", profile: "main", t: "1700000000" });
    for (let round = 0; round < rounds; round++) {
      const write = async () => {
        for (let n = 0; n < portsOfRound; n++) {
          const origin = `devel/p${round}-${n}`;
          names.push(origin);
          const fields = { run: "R", profile: "main", origin, flavor: "", pkgname: "p.pkg" };
          if (n % 3 !== 0) spool.write({ ev: "success", ...fields });
          else spool.write({ ev: "failure", ...fields, bundle: spool.bundle("R", origin) });
          await pause(1);
        }
      };
      // Now and then it has the time to take a whole batch, however busy the machine is.
      await killedWhileTaking(script, dir, write, ((round * 37) % 90) + (round % 40 === 39 ? 2000 : 0));
    }

    const store = openStore({ dir: join(dir, "state"), now: () => Date.now() });
    const already = store.results("R").length;
    await spool.intake(store, () => {}).poll();
    const expected = [...names].sort();
    expect(
      store
        .results("R")
        .map(({ origin }) => origin)
        .sort(),
    ).toEqual(expected);
    expect(store.events(0, 10_000, ["result/recorded"])).toHaveLength(expected.length);
    const failed = (rounds * portsOfRound) / 3;
    expect(store.events(0, 10_000, ["bundle/added"])).toHaveLength(failed);
    expect(store.run("R")?.counts).toEqual({
      built: expected.length - failed,
      failed,
      skipped: 0,
      ignored: 0,
    });
    const cases = store.cases({}, { limit: 10_000 });
    expect([cases.total, cases.items.every(({ bundles }) => bundles === 1)]).toEqual([failed, true]);
    expect(store.events(0, 10_000).map(({ seq }) => seq)).toEqual(
      Array.from({ length: store.lastSeq() }, (_, n) => n + 1),
    );
    for (const { bundleId } of cases.items)
      for (const { sha256 } of store.bundle(bundleId)?.artifacts ?? []) await store.blobs.read(sha256);
    expect(already).toBeGreaterThan(0);
    store.close();
    expect(readdirSync(join(dir, "state")).sort()).toEqual(["blobs", "lock.db", "lock.pid", "state.db"]);
  } finally {
    await rm(dir, { recursive: true });
  }
}, 600_000);
