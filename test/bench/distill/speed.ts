import { spawn } from "node:child_process";
import { access, mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { scannedWords } from "../../../server/src/evidence/distill/table.ts";

const MEGABYTES = 50;
const SERVER = fileURLToPath(new URL("../../../server/dist/portwright.mjs", import.meta.url));
const RUNS = 3;
/**
 * Prints what the process used as it ends, where nothing else is printed. Linux' own high-water mark, where there is
 * one: getrusage counts the parent's memory at the fork.
 */
const REPORT = `import{readFileSync,writeSync,existsSync}from"node:fs";process.on("exit",()=>{
const used=process.resourceUsage(),status="/proc/self/status";
const peak=existsSync(status)&&/^VmHWM:\\s+(\\d+) kB/m.exec(readFileSync(status,"latin1"));
if(peak)used.maxRSS=Number(peak[1]);writeSync(3,JSON.stringify(used))})`;

interface Used {
  /** Processor seconds, user and system. */
  seconds: number;
  /** Highest resident memory in megabytes (10^6). */
  megabytes: number;
}

/** Distils 50 MB by the packaged server in a process of its own; `sample` is a log to make them from. */
export async function measureSpeed(sample: string): Promise<void> {
  await access(SERVER).catch((cause: unknown) => {
    throw new Error("the packaged server is not there: npm run build -w server", { cause });
  });
  const folder = await mkdtemp(join(tmpdir(), "distill-speed-"));
  try {
    const log = join(folder, "full.log");
    await writeLog(sample, log);
    const empty = join(folder, "empty.log");
    await writeFile(empty, "\n");
    const bytes = (await stat(log)).size;
    const base = await best(() => distilled(empty));
    const ours = await best(() => distilled(log));
    const words = join(folder, "words");
    await writeFile(words, `${patterns().join("\n")}\n`);
    const grep = await bestOf(() => grepped(words, log));
    const rate = bytes / 1e6 / Math.max(0.001, ours.seconds - base.seconds);
    console.log(`\n${(bytes / 1e6).toFixed(1)} MB by the packaged server (best of ${RUNS}, processor time):`);
    console.log(`  whole process ${ours.seconds.toFixed(2)} s, ${ours.megabytes.toFixed(0)} MB resident`);
    console.log(`  of that its start ${base.seconds.toFixed(2)} s, ${base.megabytes.toFixed(0)} MB`);
    console.log(`  distilling ${rate.toFixed(0)} MB/s`);
    console.log(`  grep -cE with the same ${patterns().length} words ${grep.toFixed(2)} s:`);
    console.log(`  whole process ${(ours.seconds / grep).toFixed(2)} x grep`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The end of a log, and before it as much of the same as is needed. */
async function writeLog(sample: string, path: string): Promise<void> {
  const bytes = await readFile(sample);
  const text = sample.endsWith(".gz") ? gunzipSync(bytes) : bytes;
  const file = await open(path, "w");
  let left = MEGABYTES * 1024 * 1024;
  try {
    for (; left > text.length; left -= text.length) await file.write(text);
    await file.write(text.subarray(text.length - left));
  } finally {
    await file.close();
  }
}

/** The table's words as grep takes them; quotes and marks in UTF-8 are left out, each being a variant of another word. */
function patterns(): string[] {
  return scannedWords.flatMap((word) =>
    typeof word === "string" && /^[\x20-\x7e]+$/.test(word)
      ? [word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")]
      : [],
  );
}

function distilled(path: string): Promise<Used> {
  const { promise, resolve, reject } = Promise.withResolvers<Used>();
  const loader = `data:text/javascript,${encodeURIComponent(REPORT)}`;
  const child = spawn(process.execPath, ["--import", loader, SERVER, "distill", path], {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  let report = "";
  child.stdio[3]?.on("data", (piece: Buffer) => {
    report += piece.toString();
  });
  child.on("error", reject);
  child.on("close", (status) => {
    if (status !== 0) return reject(new Error(`distill ended with status ${status}`));
    const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(report) as NodeJS.ResourceUsage;
    resolve({ seconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: (maxRSS * 1024) / 1e6 });
  });
  return promise;
}

async function best(run: () => Promise<Used>): Promise<Used> {
  const all: Used[] = [];
  for (let count = 0; count < RUNS; count++) all.push(await run());
  return {
    seconds: Math.min(...all.map(({ seconds }) => seconds)),
    megabytes: Math.max(...all.map(({ megabytes }) => megabytes)),
  };
}

async function bestOf(run: () => Promise<number>): Promise<number> {
  const all: number[] = [];
  for (let count = 0; count < RUNS; count++) all.push(await run());
  return Math.min(...all);
}

/** Processor seconds of `grep -cE` with the words of a file, by the shell's own count of its children's. */
function grepped(words: string, log: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  // Straight into /dev/null grep stops at the first line that it finds.
  const command = 'LC_ALL=C grep -aciE -f "$1" "$2" | cat >/dev/null; times';
  const child = spawn("sh", ["-c", command, "sh", words, log], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (piece: Buffer) => {
    output += piece.toString();
  });
  child.on("error", reject);
  child.on("close", () => {
    const times = [...(output.trim().split("\n").at(-1) ?? "").matchAll(/(\d+)m([\d.]+)s/g)];
    resolve(times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0));
  });
  return promise;
}
