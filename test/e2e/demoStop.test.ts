import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("../demo/main.ts", import.meta.url));

type Demo = ChildProcessByStdio<null, Readable, Readable>;

/** Resolves when the demo has said `words`. */
async function hears(demo: Demo, words: RegExp): Promise<void> {
  let said = "";
  for await (const chunk of demo.stdout.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (words.test(said)) return;
  }
  throw new Error(`the demo ended without saying ${words}:\n${said}`);
}

/** A demo in a process group of its own, as a terminal starts it, stopped by `stop` once it has said `words`. */
async function stopped(words: RegExp, stop: (demo: Demo) => void, ...args: string[]) {
  const place = await mkdtemp(join(tmpdir(), "portwright-e2e-stop-"));
  try {
    const env = { ...process.env, TMPDIR: place };
    const demo = spawn(process.execPath, [main, ...args], {
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let errors = "";
    demo.stderr.on("data", (chunk) => {
      errors += String(chunk);
    });
    await hears(demo, words);
    stop(demo);
    demo.stdout.resume();
    const [status] = await once(demo, "exit");
    const { stdout } = await promisify(execFile)("ps", ["-eo", "stat,args"]);
    const processes = stdout.split("\n").filter((line) => !line.startsWith("Z") && line.includes(place));
    return { status, errors, left: await readdir(place), processes };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

const toGroup = (demo: Demo, signal: NodeJS.Signals) => process.kill(-(demo.pid ?? 0), signal);

test.concurrent.for<[string, RegExp, (demo: Demo) => void, ...string[]]>([
  ["Ctrl-C while the trees are made", /Making three trees/, (demo) => toGroup(demo, "SIGINT")],
  ["Ctrl-C in an attempt, with --keep", /patching/, (demo) => toGroup(demo, "SIGINT"), "--keep"],
  [
    "an impatient Ctrl-C",
    /failed/,
    (demo) => {
      toGroup(demo, "SIGINT");
      setTimeout(() => demo.exitCode ?? toGroup(demo, "SIGINT"), 50);
    },
  ],
  ["a closed terminal", /failed/, (demo) => toGroup(demo, "SIGHUP")],
  ["a reader that has seen enough", /Building/, (demo) => demo.stdout.destroy()],
])("%s leaves neither files nor processes", { timeout: 300_000 }, async ([, words, stop, ...args]) => {
  const { status, errors, left, processes } = await stopped(words, stop, ...args);
  expect({ status, left, processes }).toEqual({ status: 130, left: [], processes: [] });
  expect(errors).toContain("stopped; nothing is left behind");
});
