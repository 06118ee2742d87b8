import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { failingLog, Spool } from "./spool.ts";

const run = promisify(execFile);
const hooks = new URL("../../../hooks/dsynth/", import.meta.url).pathname;

test("what the hooks write is taken: a run with a success, a failure, and the next run that mends it", async () => {
  const dir = await mkdtemp(join(tmpdir(), "portwright-hooked-"));
  const place = (name: string) => join(dir, name);
  try {
    await cp(hooks, place("base"), { recursive: true });
    await writeFile(place("base/portwright-hooks.conf"), `evidence=${place("evidence")}\ntarget=@2026Q3\n`);
    for (const folder of ["logs", "packages/All", "ports/devel/bad"])
      await mkdir(place(folder), { recursive: true });
    await writeFile(place("ports/devel/bad/Makefile"), "PORTNAME=\tbad\n");
    const common = { PROFILE: "LiveSystem", DIR_LOGS: place("logs"), DIR_PORTS: place("ports") };
    const hook = (name: string, env: Record<string, string>) =>
      run(place(`base/hook_${name}`), [], {
        env: { ...common, DIR_REPOSITORY: place("packages/All"), ...env },
      });
    const port = (name: string) => ({
      ORIGIN: `devel/${name}`,
      FLAVOR: `devel/${name}`,
      PKGNAME: `${name}-1.pkg`,
    });

    await hook("run_start", { PORTS_QUEUED: "3" });
    await writeFile(place("logs/devel___bad.log"), failingLog("gone"));
    await writeFile(place("logs/02_failure_list.log"), "");
    await writeFile(place("packages/All/good-1.pkg"), "package");
    await hook("pkg_success", { RESULT: "success", ...port("good") });
    await hook("pkg_failure", { RESULT: "failure", ...port("bad") });
    await hook("pkg_skipped", { RESULT: "skipped", ...port("behind") });
    await hook("run_end", { PORTS_BUILT: "1", PORTS_FAILED: "1", PORTS_IGNORED: "0", PORTS_SKIPPED: "1" });

    const store = openStore({ dir: place("state"), now: () => Date.now() });
    const intake = new Spool(place("evidence")).intake(store, () => {});
    expect(await intake.poll()).toBe(5);
    const [first] = store.runs({}, { limit: 5 }).items;
    expect(first).toMatchObject({ target: "@2026Q3", profile: "LiveSystem", state: "finished" });
    expect(first?.counts).toEqual({ built: 1, failed: 1, skipped: 1, ignored: 0 });
    expect(store.results(first?.id ?? "").map(({ origin, kind }) => `${origin} ${kind}`)).toEqual([
      ...["devel/bad failed", "devel/behind skipped", "devel/good built"],
    ]);
    const found = store.caseOf("@2026Q3", "devel/bad", "");
    expect(found).toMatchObject({
      state: "open",
      classification: "compile-error",
      cause: expect.stringContaining("gone"),
    });
    expect(store.bundle(found?.bundleId ?? "")?.artifacts.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["meta.txt", "logs/full.log", "logs/errors.txt", "port/Makefile"]),
    );

    await hook("run_start", { PORTS_QUEUED: "1" });
    await writeFile(place("packages/All/bad-1.pkg"), "package");
    await hook("pkg_success", { RESULT: "success", ...port("bad") });
    await intake.poll();
    expect(store.caseOf("@2026Q3", "devel/bad", "")?.state).toBe("closed");
    expect(await readdir(place("evidence/tmp"))).toEqual([]);
    await intake.stop();
    store.close();
  } finally {
    await rm(dir, { recursive: true });
  }
});
