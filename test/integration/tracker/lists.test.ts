import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { Spool } from "./spool.ts";

test("why ports were ignored and skipped is read from the builder's lists once the run has ended", async () => {
  const dir = await mkdtemp(join(tmpdir(), "portwright-lists-"));
  const store = openStore({ dir: join(dir, "state"), now: () => 1 });
  try {
    const spool = new Spool(join(dir, "evidence"));
    const intake = spool.intake(store, () => {});
    const port = (ev: string, origin: string, flavor = "") =>
      spool.write({ ev, run: "R1", profile: "main", origin, flavor, pkgname: "p-1.pkg" });
    spool.write({ ev: "run_start", run: "R1", profile: "main" });
    port("ignored", "sysutils/ignoreme");
    port("skipped", "www/needneed", "py311");
    await intake.poll();

    const lists = join(dir, "evidence", "runs", "R1", "lists");
    mkdirSync(lists, { recursive: true });
    const broken = 'is marked as broken: "does not build" on DragonFly';
    writeFileSync(
      join(lists, "03_ignored_list.log"),
      `[XXX] sysutils/ignoreme 1 ignored due to ${broken} \n`,
    );
    writeFileSync(
      join(lists, "04_skipped_list.log"),
      "[XXX] www/needneed@py311 skipped due to www/needbad->devel/badlib \n[XXX] www/lost 1 skipped due to devel/badlib \nodd\n",
    );
    spool.write({ ev: "run_end", run: "R1", profile: "main" });
    await intake.poll();
    const told = store
      .results("R1")
      .map(({ origin, flavor, kind, reason, pkgname }) => [origin, flavor, kind, reason, pkgname]);
    expect(told).toEqual([
      ["sysutils/ignoreme", "", "ignored", broken, "p-1.pkg"],
      ["www/lost", "", "skipped", "devel/badlib", ""],
      ["www/needneed", "py311", "skipped", "www/needbad->devel/badlib", "p-1.pkg"],
    ]);
    expect(store.run("R1")?.counts).toEqual({ built: 0, failed: 0, skipped: 2, ignored: 1 });
  } finally {
    store.close();
    await rm(dir, { recursive: true });
  }
});

test("of a run that was killed, the report that the next one's start saved tells the results and what they took", async () => {
  const dir = await mkdtemp(join(tmpdir(), "portwright-saved-"));
  const store = openStore({ dir: join(dir, "state"), now: () => Date.now() });
  try {
    const spool = new Spool(join(dir, "evidence"));
    const intake = spool.intake(store, () => {});
    spool.write({ ev: "run_start", run: "R1", profile: "main", t: "1700000000" });
    spool.write({
      ev: "success",
      run: "R1",
      profile: "main",
      origin: "devel/a",
      flavor: "",
      pkgname: "a-1.pkg",
    });
    await intake.poll();
    const report = join(dir, "evidence", "runs", "R1", "report");
    mkdirSync(report, { recursive: true });
    const entry = (origin: string, result: string, info: string, duration: string) =>
      JSON.stringify({ entry: 1, elapsed: "00:01:40", ID: "00", result, origin, info, duration });
    const told = [
      entry("devel/a", "built", "", "00:00:09"),
      entry("devel/b@x", "failed", "stage: 2", "00:00:05"),
    ];
    writeFileSync(join(report, "01_history.json"), `[${told.join(",")}]`);
    writeFileSync(
      join(report, "02_history.json"),
      `[${entry("devel/c", "skipped", "devel/b ", "")},{"entry":2,"el`,
    );
    spool.write({ ev: "run_start", run: "R2", profile: "main", interrupted: "R1", t: "1700000900" });
    await intake.poll();
    expect(store.run("R1")).toMatchObject({
      state: "aborted",
      counts: { built: 1, failed: 1, skipped: 1, ignored: 0 },
    });
    expect(store.results("R1")).toMatchObject([
      { origin: "devel/a", seconds: 9, pkgname: "a-1.pkg" },
      { origin: "devel/b", flavor: "x", kind: "failed", phase: "stage", seconds: 5, at: 1_700_000_100_000 },
      { origin: "devel/c", kind: "skipped", reason: "devel/b" },
    ]);
    await intake.stop();
  } finally {
    store.close();
    await rm(dir, { recursive: true });
  }
});
