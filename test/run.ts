import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants, mkdtemp, readFile, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { z } from "zod";

const root = join(import.meta.dirname, "..");
const vitest = join(root, "node_modules/vitest/vitest.mjs");
/** Folders in memory, on Linux: thousands of files that live for a second are nothing to wait for a disk for. */
const memory = "/dev/shm";
const roomForTests = 4 * 1024 ** 3;
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
  const folder = await mkdtemp(join(tmpdir(), "portwright-test-"));
  try {
    const report = join(folder, "report.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const env = { ...process.env, ...(await quickPlaces()) };
    const child = spawn(process.execPath, [vitest, "run", ...reporters, ...words], { stdio: "inherit", env });
    // Ctrl-C reaches vitest by itself; this waits until it has ended in order.
    const stop = (signal: NodeJS.Signals) => signal === "SIGTERM" && child.kill(signal);
    for (const signal of signals) process.on(signal, stop);
    const [status] = await once(child, "exit");
    for (const signal of signals) process.off(signal, stop);
    return { status: status ?? 1, failed: await failedFiles(report) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where temporary files and compiled sources of all processes that tests start go, unless the caller said so. */
async function quickPlaces(): Promise<NodeJS.ProcessEnv> {
  const { NODE_COMPILE_CACHE = join(root, "node_modules/.cache/compiled"), TMPDIR } = process.env;
  const places = { NODE_COMPILE_CACHE };
  if (TMPDIR !== undefined) return { ...places, TMPDIR };
  try {
    await access(memory, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(memory);
    return bavail * bsize < roomForTests ? places : { ...places, TMPDIR: memory };
  } catch {
    // No such folder here: the usual one does.
    return places;
  }
}

/** Files of this project in which something failed; none where vitest itself did not get so far as to report. */
async function failedFiles(report: string): Promise<string[]> {
  const text = await readFile(report, "utf8").catch(() => '{"testResults":[]}');
  const { testResults } = reportSchema.parse(JSON.parse(text));
  return testResults.filter(({ status }) => status === "failed").map(({ name }) => relative(root, name));
}

process.exitCode = await main(process.argv.slice(2));
