import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { logFileWriter } from "../../../server/src/cli/logFile.ts";

test("a log turns over at its bound, once, and no line is cut", async () => {
  const folder = await mkdtemp(join(tmpdir(), "portwright-log-"));
  try {
    const file = join(folder, "server.log");
    logFileWriter(file, 100)("first\n");
    const write = logFileWriter(file, 100);
    for (let line = 1; line <= 40; line += 1) write(`line ${line}\n`);
    expect((await readdir(folder)).toSorted()).toEqual(["server.log", "server.log.1"]);
    const both = (await readFile(`${file}.1`, "utf8")) + (await readFile(file, "utf8"));
    expect(both).toMatch(/^(line \d+\n)+$/);
    expect(both.endsWith("line 40\n")).toBe(true);
    expect((await stat(file)).size).toBeLessThanOrEqual(100);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a line that cannot be written ends nobody, and is told of when there is room", async () => {
  const folder = await mkdtemp(join(tmpdir(), "portwright-log-"));
  try {
    const write = logFileWriter(join(folder, "later", "server.log"));
    write("first\n");
    write("second\n");
    await mkdir(join(folder, "later"));
    write("third\n");
    write("fourth\n");
    expect(await readFile(join(folder, "later", "server.log"), "utf8")).toBe(
      "(2 lines could not be written)\nthird\nfourth\n",
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
