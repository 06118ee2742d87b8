import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHookPlace, type HookPlace, portVariables, readRecords } from "../../fixtures/dsynth/hooks.ts";

// In a fresh namespace process numbers are given in order, so they count processes.
const bwrap = ["bwrap", "--bind", "/", "/", "--dev", "/dev", "--unshare-pid", "--proc", "/proc", "--"];
const works = spawnSync("bwrap", [...bwrap.slice(1), "true"]).status === 0;

let place: HookPlace;
beforeEach(async () => {
  place = await createHookPlace();
});
afterEach(() => place.remove());

/** Processes that a hook of a run that was announced takes, itself included. */
async function processesOf(hook: string, result: string): Promise<number> {
  const script = `
    "$0"
    before=$(/bin/sh -c 'echo $$')
    "\${0%/*}/hook_${hook}"
    after=$(/bin/sh -c 'echo $$')
    echo $((after - before - 1))`;
  const environment = { PORTS_QUEUED: "1", ...portVariables("devel/badlib", "", result) };
  const { output } = await place.run("run_start", environment, [...bwrap, "/bin/sh", "-c", script]);
  return Number(output);
}

describe.runIf(works)("processes", () => {
  it.each(["success", "ignored", "skipped"])("are one alone for a port that is %s", async (result) => {
    await writeFile(join(place.repository, "badlib-1.0.pkg"), "");
    expect(await processesOf(`pkg_${result}`, result)).toBe(1);
    const [start, record] = await readRecords(place.journal);
    expect(record).toMatchObject({ ev: result, run: start?.run });
  });

  it("are few for a failure", async () => {
    await mkdir(join(place.ports, "devel/badlib"), { recursive: true });
    await writeFile(join(place.ports, "devel/badlib/Makefile"), "PORTNAME=badlib\n");
    const count = await processesOf("pkg_failure", "failure");
    expect(count).toBeGreaterThan(5);
    expect(count).toBeLessThan(45);
  });
});
