import { spawn } from "node:child_process";
import { appendFile, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { intakeBundle } from "../../../server/src/evidence/bundle.ts";
import golden from "../../fixtures/dsynth/golden/recordings.json" with { type: "json" };
import {
  bundleFolders,
  createHookPlace,
  type Fields,
  type HookPlace,
  portVariables,
  readMeta,
  readRecords,
} from "../../fixtures/dsynth/hooks.ts";

interface Call {
  at: number;
  hook: string;
  set: Record<string, string | undefined>;
  log?: string;
  packaged?: boolean;
}
interface Recording {
  calls: Call[];
  logs: Record<string, string | undefined>;
  everything: string[];
  failures: string[];
}
const recordings: Record<keyof typeof golden.runs, Recording> = golden.runs;
const silent = { status: 0, signal: null, output: "" };

let place: HookPlace;
beforeEach(async () => {
  place = await createHookPlace();
});
afterEach(() => place.remove());

const records = () => readRecords(place.journal);
const nameOf = ({ origin = "", flavor = "" }: Fields) => (flavor ? `${origin}@${flavor}` : origin);
const list = (name: string) => join(place.logs, `${name}.log`);

/** What the builder has done on disk by the time it calls the hook. */
async function prepare(call: Call, run: Recording): Promise<void> {
  const { ORIGIN: origin = "", FLAVOR: flavor = "", PKGNAME: pkgname = "" } = call.set;
  if (call.hook === "run_start")
    for (const name of ["00_last_results", "02_failure_list"]) await writeFile(list(name), "");
  if (call.packaged) await writeFile(join(place.repository, pkgname), "");
  if (call.log === undefined) return;
  await writeFile(join(place.logs, call.log), run.logs[call.log] ?? "");
  const id = flavor === origin ? origin : `${origin}@${flavor}`;
  const of = (lines: string[]) =>
    lines.filter((line) => line.includes(` ${id} `) || line.includes(` ${origin} B`));
  await appendFile(list("02_failure_list"), `${of(run.failures).join("\n")}\n`);
  await appendFile(list("00_last_results"), `${of(run.everything).join("\n")}\n`);
}

/** Calls the hooks as they were called: those of ports overlap, the ends of a run wait for all of them. */
async function replay(run: Recording): Promise<void> {
  const running: Promise<unknown>[] = [];
  for (const call of run.calls) {
    const isRun = call.hook.startsWith("run_");
    if (isRun) await Promise.all(running.splice(0));
    await prepare(call, run);
    const done = place.run(call.hook, call.set as Fields).then((result) => expect(result).toEqual(silent));
    if (isRun) await done;
    else running.push(done);
  }
  await Promise.all(running);
}

async function bundles(): Promise<(Fields & { folder: string })[]> {
  const folders = await bundleFolders(place.evidence);
  return Promise.all(folders.map(async (folder) => ({ ...(await readMeta(folder)), folder })));
}

describe("truths of the builder, by its recorded runs", () => {
  it("its environment is its own variables alone: there is no PATH", async () => {
    const failure = recordings.fresh.calls.find((call) => call.log);
    expect(Object.keys({ ...place.environment, ...failure?.set })).toEqual(golden.environment);
    expect(golden.environment).not.toContain("PATH");
    await replay(recordings.fresh);
    for (const { folder, origin } of await bundles()) {
      const log = gunzipSync(await readFile(join(folder, "logs/full.log.gz"))).toString();
      expect(log, origin).toBe(
        recordings.fresh.logs[
          folder
            .split("/")
            .at(-1)
            ?.replace(/\.\d+$/, ".log") ?? ""
        ],
      );
    }
  });

  it("FLAVOR equals ORIGIN for a port without flavor", async () => {
    await replay(recordings.fresh);
    const failed = (await records()).filter((record) => record.ev === "failure");
    expect(failed.map(nameOf).sort()).toEqual(["devel/badlib", "devel/flv@py311", "misc/nofetch"]);
    expect((await bundles()).map(({ origin, flavor, phase, exit }) => [origin, flavor, phase, exit])).toEqual(
      [
        ["devel/badlib", "", "build", "1"],
        ["devel/flv", "py311", "configure", "1"],
        ["misc/nofetch", "", "fetch", "1"],
      ],
    );
  });

  it("hooks overlap, and their order is not that of dependencies", async () => {
    const ports = recordings.fresh.calls.filter((call) => call.hook.startsWith("pkg_"));
    // www/needneed waits for www/needbad, and was reported first.
    const skipped = ports.filter((call) => call.hook === "pkg_skipped").map((call) => call.set.ORIGIN);
    expect(skipped.indexOf("www/needneed")).toBeLessThan(skipped.indexOf("www/needbad"));
    expect(ports.some((call, index) => index > 0 && call.at - (ports[index - 1]?.at ?? 0) < 0.02)).toBe(true);

    await replay(recordings.fresh);
    const told = (await records()).filter((record) => record.ev !== "run_start" && record.ev !== "run_end");
    expect(told).toHaveLength(ports.length);
    expect(new Set(told.map((record) => `${record.ev} ${nameOf(record)}`)).size).toBe(ports.length);
    expect(new Set(told.map((record) => record.run)).size).toBe(1);
  });

  it("a held stdout stalls it and stderr glues to its log: neither stays open nor is written", async () => {
    await prepare({ at: 0, hook: "run_start", set: {} }, recordings.fresh);
    await writeFile(join(place.logs, "devel___badlib.log"), "error\n".repeat(500_000));
    const child = spawn(join(place.etc, "hook_pkg_failure"), {
      env: { ...place.environment, ...portVariables("devel/badlib") },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const order: string[] = [];
    const closed = new Promise((resolve) => child.on("close", resolve));
    child.on("exit", () => order.push("exit"));
    for (const [name, stream] of [["stdout", child.stdout] as const, ["stderr", child.stderr] as const]) {
      stream.on("data", () => order.push(`${name} written`));
      stream.on("end", () => order.push(`${name} closed`));
    }
    await closed;
    expect(order.at(-1)).toBe("exit");
    expect(order.sort()).toEqual(["exit", "stderr closed", "stdout closed"]);
  });

  it("`add` makes it start a second run in the same process", async () => {
    expect(golden.runs["add-reexec"].builderProcesses).toBe(1);
    await replay(recordings["add-reexec"]);
    const all = await records();
    expect(all.map((record) => record.ev)).toEqual([
      "run_start",
      "success",
      "run_end",
      "run_start",
      "failure",
      "failure",
      "run_end",
    ]);
    const runs = all.map((record) => record.run);
    expect(new Set(runs.slice(0, 3)).size).toBe(1);
    expect(new Set(runs.slice(3)).size).toBe(1);
    expect(runs[3]).not.toBe(runs[0]);
    expect(all[3]?.interrupted).toBe("");
  });

  it("a fetch-only success is not a build", async () => {
    await replay(recordings["fetch-only"]);
    const successes = (await records()).filter((record) => record.ev === "success");
    // Their hooks overlap, so that either may come first.
    expect(successes.map((record) => [record.origin, record.made]).sort()).toEqual([
      ["devel/goodlib", "nothing"],
      ["ports-mgmt/pkg", "nothing"],
    ]);
    await replay(recordings.fresh);
    const built = (await records()).filter((record) => record.made === "package");
    expect(built).toHaveLength(4);
  });

  it("a killed run has no end; the next one names it", async () => {
    expect(recordings.sigint.calls.some((call) => call.hook === "run_end")).toBe(false);
    await replay(recordings.sigint);
    const killed = (await records())[0]?.run;
    expect((await records()).map((record) => record.ev)).toEqual(["run_start", "failure"]);
    await replay(recordings["dns-down"]);
    expect((await records())[2]).toMatchObject({ ev: "run_start", interrupted: killed });
  });

  it("a log of an earlier run is not taken for this one's", async () => {
    await replay(recordings.fresh);
    const log = join(place.logs, "devel___badlib.log");
    await utimes(log, 1e9, 1e9);
    await place.run("run_start", { PORTS_QUEUED: "1" });
    await place.run("pkg_failure", portVariables("devel/badlib"));
    const taken = (await bundles()).filter(({ origin }) => origin === "devel/badlib");
    expect(taken.map((meta) => meta.log_state).sort()).toEqual(["kept", "stale"]);
  });

  it("a dead worker leaves a log without trailer, which is kept", async () => {
    const log = recordings["worker-killed"].logs["misc___slow.log"] ?? "";
    expect(log).not.toMatch(/(FAILED|SUCCEEDED) [\d:]+\n\n$/);
    await replay(recordings["worker-killed"]);
    const [meta] = await bundles();
    expect(meta).toMatchObject({ origin: "misc/slow", phase: "build", log_state: "kept", exit: "" });
    expect(gunzipSync(await readFile(join(meta?.folder ?? "", "logs/full.log.gz"))).toString()).toBe(log);
  });

  it("a slot that cannot be mounted leaves an empty log", async () => {
    await place.run("run_start", { PORTS_QUEUED: "1" });
    await writeFile(join(place.logs, "devel___badlib.log"), "");
    await writeFile(list("02_failure_list"), "[000] FAILURE devel/badlib    install-pkgs 00:00:00\n");
    await place.run("pkg_failure", portVariables("devel/badlib"));
    expect((await bundles())[0]).toMatchObject({ phase: "install-pkgs", log_state: "empty", log_bytes: "0" });
  });

  it.each([
    ["watchdog", "timeout", "lost pid"],
    ["dns-down", "infrastructure", "1"],
  ] as const)("the ending %s is of the class %s, not the port's fault", async (name, kind, exit) => {
    await replay(recordings[name]);
    const [meta] = await bundles();
    expect(meta?.exit).toBe(exit);
    expect((await intakeBundle(meta?.folder ?? "")).distillation.classification).toBe(kind);
  });
});
