import { spawn } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { analyse } from "../../../server/src/evidence/distill/distill.ts";
import { openLog } from "../../../server/src/evidence/log.ts";

const ERROR = "src/a.c:9:3: error: use of undeclared identifier 'SO_SETFIB'";
const MAIN = fileURLToPath(new URL("../../../server/src/cli/main.ts", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hostile-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(bytes: Uint8Array, maxBytes?: number) {
  const path = join(folder, "full.log");
  await writeFile(path, bytes);
  const reading = await openLog(path, maxBytes === undefined ? {} : { maxBytes });
  const analysis = await analyse(reading.chunks);
  return { reading, analysis, found: analysis.distillation };
}

describe("logs as files", () => {
  test("a gzip that is cut short gives what it held, and says that it is damaged", async () => {
    const chatter = Array.from(
      { length: 30_000 },
      (_, index) => `cc -c unit${index * 7919}.c -o unit${index}.o`,
    );
    const packed = gzipSync(`${ERROR}\n${chatter.join("\n")}`);
    const { reading, found } = await read(packed.subarray(0, packed.length - 2000));
    expect(found.cause?.text).toBe(ERROR);
    expect(reading.problems).toEqual([expect.stringContaining("damaged after")]);
    expect(reading.bytes).toBe(found.bytes);
    expect(found.bytes).toBeGreaterThan(500_000);
  });

  test("of a gzip that is cut short the last lines are not lost", async () => {
    // The hook's disk was full: what is there decodes up to the cut, and the cause stands right before that.
    const chatter = Array.from({ length: 3000 }, (_, index) => `cc -c unit${index * 7919}.c`).join("\n");
    const packed = gzipSync(`${chatter}\n${ERROR}\n*** Error code 1\n`);
    const { reading, found } = await read(packed.subarray(0, packed.length - 8));
    expect(found.cause?.text).toBe(ERROR);
    expect(reading.problems).toEqual([expect.stringContaining("damaged after")]);
  });

  test("a gzip with rubbish for its middle or its end harms nobody", async () => {
    const packed = Buffer.concat([
      gzipSync(`${ERROR}\n${"cc -c more.c\n".repeat(200)}`),
      Buffer.from("rubbish"),
    ]);
    expect((await read(packed)).found.cause?.text).toBe(ERROR);
    const torn = gzipSync(Buffer.from(`${ERROR}\n`.repeat(5000)));
    torn.fill(0xff, 40, 60);
    expect((await read(torn)).reading.problems).toEqual([expect.stringContaining("damaged")]);
  });

  test("a gzip bomb is read up to the limit, in pieces", async () => {
    const { reading, found } = await read(gzipSync(Buffer.alloc(300_000_000)), 20_000_000);
    expect(found.bytes).toBe(20_000_000);
    expect(found.lines).toBe(1);
    expect(reading.problems).toEqual([expect.stringContaining("longer than 20000000 bytes")]);
  });

  test("a bomb of errors leaves a bounded account", async () => {
    const line = (index: number) =>
      `d/${index}.c:1:1: error: ${"wide ".repeat(700)}use of undeclared identifier 'v${index}q'\n`;
    const text = Array.from({ length: 8000 }, (_, index) => line(index)).join("");
    const { analysis, found } = await read(gzipSync(text));
    expect(found.bytes).toBe(text.length);
    expect(found.findings.length).toBeLessThanOrEqual(200);
    expect(JSON.stringify(found).length).toBeLessThan(500_000);
    expect(Buffer.byteLength(analysis.extract(8192))).toBeLessThanOrEqual(8192);
  });

  test("a link is not followed, a folder is no log", async () => {
    await writeFile(join(folder, "real.log"), ERROR);
    await symlink("real.log", join(folder, "link.log"));
    await expect(openLog(join(folder, "link.log"))).rejects.toThrow();
    await expect(openLog(folder)).rejects.toThrow("not a regular file");
  });

  test("offsets lead from every finding to its line in the file, gzipped or not", async () => {
    const log = `é€\r\n\u0000\u001b[1m\n${"x".repeat(200_000)}\n-- noise\n${ERROR}\n*** Error code 1\n`;
    for (const bytes of [Buffer.from(log), gzipSync(log)]) {
      const { found } = await read(bytes);
      expect(found.findings.length).toBeGreaterThan(1);
      for (const { offset, line, text } of found.findings) {
        expect(Buffer.from(log).subarray(offset).toString().split("\n")[0]).toBe(text);
        expect(log.split("\n")[line - 1]).toBe(text);
      }
    }
  });
});

test("the command explains a log from standard input, and how its signature came about", async () => {
  const child = spawn(process.execPath, [MAIN, "distill", "-", "--explain"], {
    env: { PATH: process.env.PATH, HOME: folder, COLUMNS: "200" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(`===>  Building for sample-1.0\n${ERROR}\n*** Error code 1\n`);
  let output = "";
  child.stdout.on("data", (piece: Buffer) => {
    output += piece.toString();
  });
  const status = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  expect(status).toBe(0);
  expect(output).toContain("compile-error (high confidence)");
  expect(output).toMatch(/^symbol +SO_SETFIB +- +tells such causes apart$/m);
  expect(output).toMatch(/^phase +- +- +left out/m);
  expect(output).toContain(`> 2| ${ERROR}`);
});
