import { existsSync } from "node:fs";
import { link, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createBannerLog } from "../../../server/src/builders/bannerLog.ts";
import { logName } from "../../../server/src/builders/phases.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "portwright-log-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A clock that stands at each of the times in turn, in milliseconds, and stays at the last. */
function clock(...times: number[]): () => number {
  return () => (times.length > 1 ? times.shift() : times[0]) ?? 0;
}
const rule = "-".repeat(79);
const banner = (phase: string) => `${rule}\n-- Phase: ${phase}\n${rule}\n\n`;

it("has a banner and a trailer a phase, as dsynth writes them", async () => {
  const path = join(folder, "a.log");
  const log = await createBannerLog(path, 1000, clock(0, 0, 3_723_999, 3_723_999, 3_724_999, 359_999_000));
  log.phase("build");
  log.output(Buffer.from("cc -c a.c\n"));
  log.phase("package");
  log.end(false);
  const bytes = await log.close();
  const expected =
    `${banner("build")}cc -c a.c\nSUCCEEDED 01:02:03\n\n` +
    `${banner("package")}FAILED 00:00:01\nTOTAL TIME 99:59:59\n\n`;
  expect(await readFile(path, "utf8")).toBe(expected);
  expect(bytes).toBe(expected.length);
});

it("takes the bytes at once: who wrote them may write others in their place", async () => {
  const path = join(folder, "a.log");
  const log = await createBannerLog(path);
  const bytes = Buffer.from("first\n");
  log.output(bytes);
  bytes.write("other\n");
  log.output(bytes);
  await log.close();
  expect(await readFile(path, "utf8")).toBe("first\nother\n");
});

it("says in which phase a build ran out of time", async () => {
  const path = join(folder, "a.log");
  const log = await createBannerLog(path);
  log.phase("stage");
  log.watchdog("devel/a", 15);
  log.end(false);
  await log.close();
  expect(await readFile(path, "utf8")).toBe(
    `${banner("stage")}--------\nWATCHDOG TIMEOUT FOR devel/a in stage after 15 minutes\n--------\nFAILED 00:00:00\n\n`,
  );
});

it("keeps the trailer when the output is beyond its limit", async () => {
  const path = join(folder, "a.log");
  const log = await createBannerLog(path, 300, clock(0));
  log.phase("build");
  for (let n = 0; n < 100; n++) log.output(Buffer.from(`${String(n).padStart(9, "0")}\n`));
  log.end(true);
  await log.close();
  const text = await readFile(path, "utf8");
  expect(text).toMatch(/the log reached its limit[^\n]*\nSUCCEEDED 00:00:00\n\n$/);
  expect(text.match(/reached its limit/g)).toHaveLength(1);
  expect(text.indexOf("\n[...")).toBe(300);
});

it("cuts nothing that just fits", async () => {
  const path = join(folder, "a.log");
  const log = await createBannerLog(path, 10);
  log.output(Buffer.from("012345678\n"));
  await log.close();
  expect(await readFile(path, "utf8")).toBe("012345678\n");
});

it.runIf(existsSync("/dev/full"))("says at its end that it could not be written", async () => {
  const log = await createBannerLog("/dev/full", 1000);
  log.output(Buffer.from("lost\n"));
  await expect(log.close()).rejects.toThrow("ENOSPC");
});

it.each([
  ["a link", symlink],
  ["a further name of a file", (to: string, at: string) => link(join(folder, to), at)],
])("does not write through %s that stands in its place", async (_, place) => {
  await writeFile(join(folder, "victim"), "safe");
  await place("victim", join(folder, "a.log"));
  await expect(createBannerLog(join(folder, "a.log"), 1000)).rejects.toThrow(/ELOOP|hard link/);
  expect(await readFile(join(folder, "victim"), "utf8")).toBe("safe");
});

it.each([
  ["devel/a", "", "devel___a.log"],
  ["devel/a", "py311", "devel___a@py311.log"],
  ["ports-mgmt/pkg", "", "ports-mgmt___pkg.log"],
])("names the log of %s %s", (origin, flavor, name) => {
  expect(logName(origin, flavor)).toBe(name);
});
