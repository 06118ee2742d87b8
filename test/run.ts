import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { z } from "zod";

const root = join(import.meta.dirname, "..");
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const cache = join(root, "node_modules/.cache/portwright");
const inEditor = join("test", "e2e", "vscode") + sep;
/** More than these is no accident of a busy machine. */
const fewFiles = 3;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** What is read of vitest's JSON report. */
const reportSchema = z.object({
  testResults: z.array(z.object({ name: z.string(), status: z.string() })),
});

/**
 * Runs vitest with the given words. A browser and an editor on a busy machine drop a click now and then, and the tests
 * of one file build on each other: files in the real editor that failed, and nothing else, run once more, alone.
 */
async function main(words: readonly string[]): Promise<number> {
  const first = await run(words);
  if (first.status === 0 || first.failed.length === 0 || first.failed.length > fewFiles) return first.status;
  if (!first.failed.every((file) => file.startsWith(inEditor))) return first.status;
  console.log(`\nFAILED in the real editor, and tried once more, alone: ${first.failed.join(", ")}\n`);
  const second = await run(["--no-file-parallelism", ...first.failed]);
  const outcome = second.status === 0 ? "passed" : "failed";
  console.log(`\nThe first try FAILED, the second one ${outcome}: ${first.failed.join(", ")}`);
  return second.status;
}

async function run(words: readonly string[]): Promise<{ status: number; failed: string[] }> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "run-"));
  const temporary = await mkdtemp(join(tmpdir(), "pw-"));
  try {
    const report = join(folder, "report.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const command = [process.execPath, vitest, "run", ...reporters, ...words];
    const [program = "", ...args] = [...(canMountOn(temporary) ? inMemory(temporary) : []), ...command];
    const env = { NODE_COMPILE_CACHE: join(cache, "compiled"), ...process.env };
    const child = spawn(program, args, { stdio: "inherit", env });
    // Ctrl-C reaches vitest by itself; this waits until it has ended in order.
    const stop = (signal: NodeJS.Signals) => signal === "SIGTERM" && child.kill(signal);
    for (const signal of signals) process.on(signal, stop);
    const [status] = await once(child, "exit");
    for (const signal of signals) process.off(signal, stop);
    return { status: status ?? 1, failed: await failedFiles(report) };
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rmdir(temporary);
  }
}

const mounting = ["mount", "-t", "tmpfs", "-o", "size=75%,mode=1777", "portwright"];

const canMountOn = (folder: string): boolean =>
  process.getuid?.() === 0 && spawnSync("unshare", ["--mount", ...mounting, folder]).status === 0;

/**
 * Runs a command with its temporary files in memory, seen by it alone and gone with it. Thousands of files that live for a
 * second are nothing to wait for a disk for.
 */
const inMemory = (folder: string): string[] => {
  const script = `${mounting.join(" ")} "$TMPDIR" && exec "$@"`;
  return ["unshare", "--mount", "env", `TMPDIR=${folder}`, "sh", "-c", script, "sh"];
};

/** Files of this project in which something failed; none where vitest itself did not get so far as to report. */
async function failedFiles(report: string): Promise<string[]> {
  const text = await readFile(report, "utf8").catch(() => '{"testResults":[]}');
  const { testResults } = reportSchema.parse(JSON.parse(text));
  return testResults.filter(({ status }) => status === "failed").map(({ name }) => relative(root, name));
}

process.exitCode = await main(process.argv.slice(2));
