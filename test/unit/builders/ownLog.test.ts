import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { copyLog } from "../../../server/src/builders/ownLog.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "portwright-own-log-"));
});
afterEach(() => rm(folder, { recursive: true }));

const rule = "-".repeat(79);
const banner = (phase: string) => `${rule}\n-- Phase: ${phase}\n${rule}\n\n`;
const phaseOf = (line: string) => /^step (\w+)$/.exec(line)?.[1];

async function copied(content: string | Buffer, reading?: typeof phaseOf): Promise<string> {
  const [from, to] = [join(folder, "from"), join(folder, "to")];
  await writeFile(from, content);
  const bytes = await copyLog(createReadStream(from), to, reading ? { phaseOf: reading } : {});
  const copy = await readFile(to, "latin1");
  expect(bytes).toBe(copy.length);
  return copy;
}

it("puts a heading before each line that begins a phase, and keeps every byte", async () => {
  const log = "hello\nstep fetch\r\ngot it\xff\nno step build\nstep build\nlast";
  expect(await copied(Buffer.from(log, "latin1"), phaseOf)).toBe(
    `hello\n${banner("fetch")}step fetch\r\ngot it\xff\nno step build\n${banner("build")}step build\nlast`,
  );
});

it("finds headings wherever the pieces are cut, and none inside a long line", async () => {
  const filler = `${"x".repeat(70)}\n`.repeat(5000);
  const long = `${"y".repeat(200_000)}\nstep after\n`;
  const copy = await copied(`${filler}step one\n${filler}${long}`, phaseOf);
  expect(copy).toBe(
    `${filler}${banner("one")}step one\n${filler}${"y".repeat(200_000)}\n${banner("after")}step after\n`,
  );
});

it("copies a log as it is where its headings need no reading", async () => {
  expect(await copied("step one\n-- Phase: build\n")).toBe("step one\n-- Phase: build\n");
});

it("does not write through a link", async () => {
  await writeFile(join(folder, "victim"), "safe");
  await symlink("victim", join(folder, "to"));
  await expect(copied("text")).rejects.toThrow();
  expect(await readFile(join(folder, "victim"), "utf8")).toBe("safe");
});
