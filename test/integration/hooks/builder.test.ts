import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Builder, createBuilder } from "../../fixtures/dsynth/builder.ts";
import golden from "../../fixtures/dsynth/golden/runs.json" with { type: "json" };
import { bundleFolders, readMeta, readRecords } from "../../fixtures/dsynth/hooks.ts";

const quick = ["-SS", "-y", "-s", "0"];

let builder: Builder;
beforeAll(async () => {
  builder = await createBuilder();
});
afterAll(() => builder.remove());

const records = () => readRecords(join(builder.evidence, "journal/events.log"));

describe("hooks in a real build", () => {
  it("leave a record of every result and a bundle of every failure", async () => {
    const run = await builder.run([...quick, "just-build", ...golden.ports]);
    expect(run.status).toBe(0);
    expect(run.output).not.toContain("SCRIPT hook_");

    const all = await records();
    const of = (event: string) =>
      all
        .filter((record) => record.ev === event)
        .map(({ origin, flavor }) => (flavor ? `${origin}@${flavor}` : origin))
        .sort();
    expect(all[0]).toMatchObject({ ev: "run_start", queued: "11" });
    expect(all.at(-1)).toMatchObject({ ev: "run_end", built: "4", failed: "3", ignored: "1", skipped: "3" });
    expect(of("success")).toEqual(["devel/flv@py39", "devel/goodlib", "ports-mgmt/pkg", "textproc/goodapp"]);
    expect(of("failure")).toEqual(["devel/badlib", "devel/flv@py311", "misc/nofetch"]);
    expect(of("ignored")).toEqual(["sysutils/ignoreme"]);
    expect(of("skipped")).toEqual(["net/needignored", "www/needbad", "www/needneed"]);
    expect(all.filter((record) => record.ev === "success").every((record) => record.made === "package")).toBe(
      true,
    );
    expect(new Set(all.map((record) => record.run)).size).toBe(1);

    const metas = await Promise.all((await bundleFolders(builder.evidence)).map(readMeta));
    expect(
      metas.map(({ origin, phase, skips, exit, log_state }) => [origin, phase, skips, exit, log_state]),
    ).toEqual([
      ["devel/badlib", "build", "2", "1", "kept"],
      ["devel/flv", "configure", "1", "1", "kept"],
      ["misc/nofetch", "fetch", "0", "1", "kept"],
    ]);
    const [bundle = ""] = await bundleFolders(builder.evidence);
    const log = gunzipSync(await readFile(join(bundle, "logs/full.log.gz")));
    expect(log).toEqual(await readFile(join(builder.logs, "devel___badlib.log")));
    expect(await readFile(join(bundle, "port/Makefile"), "utf8")).toContain("PORTNAME=\tbadlib");
    const folder = join(builder.evidence, "runs", all[0]?.run ?? "");
    expect((await readdir(folder)).sort()).toEqual(["end.txt", "lists", "report", "start.txt"]);
    expect(JSON.parse(await readFile(join(folder, "report/summary.json"), "utf8")).active).toBe(0);
  });

  it("tell a fetch from a build", async () => {
    await writeFile(join(builder.ports, "devel/goodlib/Makefile.changed"), "");
    await builder.run([...quick, "fetch-only", "devel/goodlib"]);
    const fetched = (await records()).filter((record) => record.origin === "devel/goodlib").at(-1);
    expect(fetched).toMatchObject({ ev: "success", made: "nothing" });
  });

  it("name a run that was killed when the next one starts", async () => {
    const running = builder.start([...quick, "just-build", "misc/slow", "misc/nofetch"]);
    const log = join(builder.logs, "misc___slow.log");
    while (!existsSync(log) || !(await readFile(log, "utf8")).includes("step 1")) await sleep(20);
    while ((await records()).at(-1)?.origin !== "misc/nofetch") await sleep(20);
    process.kill(running.pid, "SIGKILL");
    await running.finished;
    const killed = (await records()).at(-1)?.run ?? "";
    expect(existsSync(join(builder.evidence, "runs", killed, "end.txt"))).toBe(false);

    await builder.run([...quick, "just-build", "sysutils/ignoreme"]);
    const next = (await records()).findLast((record) => record.ev === "run_start");
    expect(next?.interrupted).toBe(killed);
    const history = await readFile(join(builder.evidence, "runs", killed, "report/01_history.json"), "utf8");
    expect(history).toContain('"origin":"misc/nofetch"');
  });

  it("see to a process that builds under another profile at the same time", async () => {
    const other = await createBuilder({ profile: "Other" });
    const before = (await records()).length;
    try {
      await writeFile(
        join(other.etc, "portwright-hooks.conf"),
        `evidence=${builder.evidence}\ntarget.Other=@other\n`,
      );
      await Promise.all([
        other.run([...quick, "just-build", "misc/nofetch", "devel/badlib"]),
        builder.run([...quick, "just-build", "misc/nofetch", "devel/badlib"]),
      ]);
      const lately = (await records()).slice(before);
      for (const record of lately) expect(record.run).toContain(`-${record.profile}-`);
      expect(lately.filter((record) => record.profile === "Other" && record.ev === "failure")).toHaveLength(
        2,
      );
      const metas = await Promise.all((await bundleFolders(builder.evidence)).map(readMeta));
      expect(metas.filter((meta) => meta.target === "@other")).toHaveLength(2);
    } finally {
      await other.remove();
    }
  });
});
