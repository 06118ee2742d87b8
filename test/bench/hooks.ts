import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg, release, type } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { createHookPlace, type Fields, type HookPlace, portVariables } from "../fixtures/dsynth/hooks.ts";

const ORIGIN = "devel/measured";
const PORT_FILES = 16;
const AT_ONCE = 8;

/** What one process took, its descendants included, in milliseconds. */
interface Cost {
  cpu: number;
  wall: number;
}

interface Row {
  hook: string;
  pairs: number;
  floor: number;
  cost: Cost;
  ratio: number;
  goal?: { text: string; isMet: boolean };
}

/**
 * Runs commands and reads what the kernel says they took (wait4). All are children of one process, as the hooks of a
 * run are of one builder. A request is `[[argv...], environment, how many at once]` a line, so is the answer `[cpu, wall]`.
 */
const launcher = `
import json, os, sys, time
for line in sys.stdin:
    command, environment, count = json.loads(line)
    began = time.perf_counter()
    running = [os.posix_spawn(command[0], command, environment) for _ in range(count)]
    usage = [os.wait4(pid, 0) for pid in running]
    wall = time.perf_counter() - began
    if any(status for _, status, _ in usage): sys.exit("a hook failed")
    print(json.dumps([sum(u.ru_utime + u.ru_stime for _, _, u in usage) * 1e3, wall * 1e3]), flush=True)
`;

class Launcher {
  readonly #process: ChildProcessWithoutNullStreams = spawn("python3", ["-c", launcher]);
  readonly #answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();

  async run(command: string, environment: Fields, count = 1): Promise<Cost> {
    this.#process.stdin.write(`${JSON.stringify([[command], environment, count])}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`${command} did not end with status 0`);
    const [cpu = Number.NaN, wall = Number.NaN] = JSON.parse(value) as number[];
    return { cpu, wall };
  }

  end(): void {
    this.#process.stdin.end();
  }
}

const median = (values: number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;

/**
 * Measures each hook of dsynth against the floor, `sh` that starts and does nothing, in pairs; prints medians and the
 * goals. `--pairs N` sets how often cheap hooks run (default 200; dear ones run a tenth of that). Throws for a goal
 * that was missed when `--strict` is given.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { pairs: { type: "string" }, strict: { type: "boolean" } } });
  const pairs = Math.max(10, Number(values.pairs ?? 200));
  const place = await createHookPlace();
  const processes = new Launcher();
  try {
    const rows = await measure(place, processes, pairs);
    print(rows);
    const missed = rows.filter(({ goal }) => goal?.isMet === false);
    if (values.strict && missed.length > 0)
      throw new Error(`goals missed: ${missed.map(({ hook }) => hook).join(", ")}`);
  } finally {
    processes.end();
    await place.remove();
  }
}

async function measure(place: HookPlace, processes: Launcher, pairs: number): Promise<Row[]> {
  const floor = join(place.root, "floor");
  await writeFile(floor, "#!/bin/sh\n");
  await chmod(floor, 0o755);
  await makePort(place);
  const start = (hook: string, environment: Fields, count?: number) =>
    processes.run(join(place.etc, `hook_${hook}`), { ...place.environment, ...environment }, count);
  const pair = async (hook: string, environment: Fields, times: number): Promise<Row> => {
    const costs: Cost[] = [];
    const floors: number[] = [];
    for (let index = 0; index < times; index++) {
      floors.push((await processes.run(floor, { ...place.environment, ...environment })).cpu);
      costs.push(await start(hook, environment));
    }
    const cost = { cpu: median(costs.map(({ cpu }) => cpu)), wall: median(costs.map(({ wall }) => wall)) };
    const ratio = median(costs.map(({ cpu }, index) => cpu / (floors[index] ?? Number.NaN)));
    return { hook, pairs: times, floor: median(floors), cost, ratio };
  };
  const port = (result: string) => portVariables(ORIGIN, "", result);
  const few = Math.max(5, Math.round(pairs / 10));

  const rows = [await pair("run_start", { PORTS_QUEUED: "9" }, few)];
  for (const result of ["success", "ignored", "skipped"]) {
    const row = await pair(`pkg_${result}`, port(result), pairs);
    rows.push({ ...row, goal: { text: "<= 1.3 x floor", isMet: row.ratio <= 1.3 } });
  }
  for (const [megabytes, goal] of [
    [1, 60],
    [50, 600],
  ] as const) {
    await writeLog(place, megabytes);
    const row = await pair("pkg_failure", port("failure"), megabytes === 1 ? few : Math.min(few, 5));
    const hook = `pkg_failure ${megabytes} MB, ${PORT_FILES} files`;
    rows.push({ ...row, hook, goal: { text: `<= ${goal} ms CPU`, isMet: row.cost.cpu <= goal } });
  }
  await writeLog(place, 1);
  rows.push(
    await together(
      () => start("pkg_failure", port("failure")),
      (count) => start("pkg_failure", port("failure"), count),
      few,
    ),
  );
  const counts = { PORTS_BUILT: "1", PORTS_FAILED: "1", PORTS_IGNORED: "1", PORTS_SKIPPED: "1" };
  rows.push(await pair("run_end", counts, few));
  return rows;
}

/** Eight failures in a row and eight at once, in turns; the ratio is of wall times. */
async function together(
  one: () => Promise<Cost>,
  many: (count: number) => Promise<Cost>,
  times: number,
): Promise<Row> {
  const inRow: number[] = [];
  const atOnce: Cost[] = [];
  for (let index = 0; index < times; index++) {
    let wall = 0;
    for (let each = 0; each < AT_ONCE; each++) wall += (await one()).wall;
    inRow.push(wall);
    atOnce.push(await many(AT_ONCE));
  }
  const cost = { cpu: median(atOnce.map(({ cpu }) => cpu)), wall: median(atOnce.map(({ wall }) => wall)) };
  const ratio = median(atOnce.map(({ wall }, index) => wall / (inRow[index] ?? Number.NaN)));
  const goal = { text: "wall <= 8 in a row", isMet: ratio <= 1 };
  return {
    hook: `pkg_failure 1 MB, ${AT_ONCE} at once`,
    pairs: times,
    floor: median(inRow),
    cost,
    ratio,
    goal,
  };
}

async function makePort(place: HookPlace): Promise<void> {
  const folder = join(place.ports, ORIGIN);
  await mkdir(join(folder, "files"), { recursive: true });
  await writeFile(join(folder, "Makefile"), "PORTNAME=\tmeasured\n".repeat(40));
  for (let index = 1; index < PORT_FILES; index++)
    await writeFile(join(folder, `files/patch-${index}`), "-old line\n+new line\n".repeat(100));
  await writeFile(join(place.repository, "measured-1.0.pkg"), "");
  await writeFile(
    join(place.logs, "02_failure_list.log"),
    `[001] FAILURE ${ORIGIN} 2 ${"build".padStart(40)} 00:01:07\n`,
  );
  await writeFile(
    join(place.logs, "00_last_results.log"),
    `[001] ${ORIGIN} Build phase 'build' failed exit 1\n`.repeat(50),
  );
}

async function writeLog(place: HookPlace, megabytes: number): Promise<void> {
  const rule = `${"-".repeat(79)}\n`;
  const lines = [`${rule}-- Phase: build\n${rule}\n`];
  const line = (index: number) =>
    `cc -O2 -pipe -I/construction/${ORIGIN}/work/include -DPART=${index * 7919} -c src/file${index}.c -o obj/file${index}.o\n`;
  const wanted = megabytes * 1024 * 1024;
  for (let bytes = 0, index = 0; bytes < wanted; index++) {
    const next = index % 200 === 199 ? `src/file${index}.c:9:3: warning: unused variable 'x'\n` : line(index);
    bytes += next.length;
    lines.push(next);
  }
  lines.push(
    "src/last.c:1:10: fatal error: sys/nothere.h: No such file or directory\n*** Error code 1\n\nFAILED 00:01:07\n\n",
  );
  await writeFile(join(place.logs, `${ORIGIN.replace("/", "___")}.log`), lines.join(""));
}

function print(rows: Row[]): void {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  console.log(
    `${type()} ${release()}, ${cpus().length} x ${model}, load ${loadavg()[0]?.toFixed(1)}, sh is ${realpathSync("/bin/sh")}`,
  );
  console.log("medians; CPU is user and system time with all children; the last column is the goal\n");
  const cells = rows.map(({ hook, pairs, floor, cost, ratio, goal }) => [
    hook,
    String(pairs),
    `${floor.toFixed(2)} ms`,
    `${cost.cpu.toFixed(2)} ms`,
    `${cost.wall.toFixed(2)} ms`,
    ratio.toFixed(2),
    goal ? `${goal.text}: ${goal.isMet ? "met" : "MISSED"}` : "",
  ]);
  const table = [["hook", "pairs", "floor*", "CPU", "wall", "ratio", ""], ...cells];
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of table)
    console.log(
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    );
  console.log(`\n* CPU of sh doing nothing; for ${AT_ONCE} at once, the wall time of ${AT_ONCE} in a row`);
}
