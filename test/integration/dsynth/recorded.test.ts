import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Builder, createBuilder, type Finished } from "../../fixtures/dsynth/builder.ts";
import golden from "../../fixtures/dsynth/golden/runs.json" with { type: "json" };

const rule = "-".repeat(79);
const goldenTail = fileURLToPath(new URL("../../fixtures/dsynth/golden/nofetch-tail.txt", import.meta.url));

/** Slots and times differ from run to run. */
const level = (text: string) => text.replace(/\[\d{3}\]/g, "[NNN]").replace(/\d{2,}:\d\d:\d\d/g, "00:00:00");
const lines = (text: string) => text.split("\n").filter((line) => line !== "");
const phasesOf = (log: string) => [...log.matchAll(/^-- Phase: (.*)$/gm)].map((match) => match[1]);

let builder: Builder;
let finished: Finished;
const log = (name: string) => readFile(join(builder.logs, name), "utf8");
const list = async (name: string) => lines(level(await log(name))).sort();
const everything = async (pattern: RegExp) =>
  lines(level(await log("00_last_results.log")))
    .filter((line) => pattern.test(line))
    .sort();
const build = (...args: string[]) => builder.run(["-SS", "-y", "-s", "0", ...args]);
const json = async (name: string) => JSON.parse(await log(`Report/${name}`));

beforeAll(async () => {
  builder = await createBuilder({ hooks: "none" });
  finished = await build("just-build", ...golden.ports);
});
afterAll(() => builder.remove());

describe("a first run, against the recording", () => {
  it("ends with status 0 and the summary though ports failed", async () => {
    expect(finished.status).toBe(0);
    expect(level(await log("00_last_results.log")).endsWith(`\n${golden.fresh.summary}`)).toBe(true);
    expect(level(finished.output)).toContain(golden.fresh.summary);
  });

  it("fills the lists", async () => {
    expect(await list("01_success_list.log")).toEqual(golden.fresh.success);
    expect(await list("02_failure_list.log")).toEqual(golden.failure);
    expect(await list("03_ignored_list.log")).toEqual(golden.ignored);
    expect(await list("04_skipped_list.log")).toEqual(golden.skipped);
    expect(await everything(/ START /)).toEqual(golden.fresh.starts);
    expect(await everything(/ Build phase /)).toEqual(golden.failurePhases);
    const names = (await readdir(builder.logs)).filter((name) => /^0\d_/.test(name));
    expect(names).toHaveLength(8);
  });

  it("writes a port's log byte for byte", async () => {
    const text = level(await log("misc___nofetch.log"));
    expect(text.endsWith(await readFile(goldenTail, "utf8"))).toBe(true);
    expect(
      text.startsWith(`${rule}\n-- Phase: check-sanity\n${rule}\n\n\nSUCCEEDED 00:00:00\n\n${rule}\n`),
    ).toBe(true);
    const good = level(await log("devel___flv@py39.log"));
    expect(good).toMatch(/Extracted Memory Use: {3}0\.0\dM\nSUCCEEDED 00:00:00\n\n/);
    expect(good.endsWith("\nSUCCEEDED 00:00:00\nTOTAL TIME 00:00:00\n\n")).toBe(true);
    expect(phasesOf(await log("ports-mgmt___pkg.log"))).toEqual(["package"]);
    expect(phasesOf(await log("textproc___goodapp.log"))).toContain("setup");
    expect(phasesOf(good)).not.toContain("setup");
  });

  it("writes its report", async () => {
    const summary = await json("summary.json");
    expect(Object.keys(summary)).toEqual(golden.summaryKeys);
    expect(Object.keys(summary.stats)).toEqual(golden.statsKeys);
    expect(Object.keys(summary.builders[0])).toEqual(golden.builderKeys);
    expect(summary).toMatchObject({ profile: "LiveSystem", active: 0, kfiles: 1 });
    expect(summary.kickoff).toMatch(/^ \d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d GMT$/);
    expect(summary.stats).toMatchObject({
      queued: 11,
      built: 4,
      failed: 3,
      ignored: 1,
      skipped: 3,
      remains: 0,
      meta: 1,
    });
    const history: Record<string, string>[] = await json("01_history.json");
    expect(Object.keys(history[0] ?? {})).toEqual(golden.historyKeys);
    const found = Object.fromEntries(history.map((entry) => [entry.origin, [entry.result, entry.info]]));
    expect(found).toEqual(golden.history);
  });

  it("does not build again what is built", async () => {
    const again = await build("just-build", ...golden.ports);
    expect(level(again.output)).toContain(golden.again.summary);
    expect(await list("01_success_list.log")).toEqual(golden.again.success);
    expect(await list("02_failure_list.log")).toEqual(golden.failure);
    expect(await list("04_skipped_list.log")).toEqual(golden.skipped);
    expect(await everything(/Already-Built/)).toEqual(golden.again.kept);
  });

  it("rebuilds a port whose files changed, and what depends on it", async () => {
    const makefile = join(builder.ports, "devel/goodlib/Makefile");
    await utimes(makefile, 1, 1);
    const changed = await build("just-build", "textproc/goodapp");
    expect(changed.output).toMatch(
      /devel\/goodlib DELETE-PACKAGE \S+\/goodlib-1\.2\.3_1\.pkg \(port content changed CRC [0-9a-f]{8}\/[0-9a-f]{8}\)/,
    );
    expect(changed.output).toMatch(/textproc\/goodapp DELETE-PACKAGE \S+ \(due to dependencies\)/);
    expect(changed.output).toContain("    packages built: 2\n");
  });

  it("runs the developer's phases under test", async () => {
    const tested = await build("test", "textproc/goodapp");
    expect(tested.status).toBe(0);
    const text = await log("textproc___goodapp.log");
    expect(phasesOf(text)).toEqual(golden.testPhases);
    expect(text).toContain("\nPORTSDIR=/xports\n");
  });

  it("fetches alone, skipping nobody", async () => {
    const fetched = await build("fetch-only", "www/needbad", "misc/nofetch");
    expect(fetched.output).toContain("           skipped: 0\n            failed: 1\n");
    expect(phasesOf(await log("devel___badlib.log"))).toEqual([
      "check-sanity",
      "fetch-depends",
      "fetch",
      "checksum",
    ]);
  });
});

describe("bad input", () => {
  it("refuses an unknown key of the used profile, an unknown port and an unknown directive", async () => {
    const other = await createBuilder({ hooks: "none", ini: ["Hooks_Directory= /x"] });
    try {
      const unknownKey = await other.run(["just-build", "devel/goodlib"]);
      expect(unknownKey).toMatchObject({ status: 1 });
      expect(unknownKey.output).toContain("Unknown directive in profile section");
    } finally {
      await other.remove();
    }
    expect(await build("just-build", "devel/nothere")).toMatchObject({ status: 1 });
    expect(await build("frobnicate")).toMatchObject({ status: 1 });
  });

  it("loses a port that cannot be scanned and skips its dependents", async () => {
    const other = await createBuilder({ hooks: "none" });
    try {
      await writeFile(join(other.ports, "devel/goodlib/Makefile"), ".error broken\n");
      const run = await other.run(["-s", "0", "just-build", "textproc/goodapp"]);
      expect(run).toMatchObject({ status: 0 });
      expect(run.output).toContain("[XXX] devel/goodlib lost in the ether [flags=");
      expect(run.output).toContain("           skipped: 1\n");
      expect(run.output).toContain("           missing: 1\n");
    } finally {
      await other.remove();
    }
  });
});
