import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { type Builder, type BuilderOptions, createBuilder } from "../../fixtures/dsynth/builder.ts";
import golden from "../../fixtures/dsynth/golden/runs.json" with { type: "json" };

const probe = fileURLToPath(new URL("../../fixtures/dsynth/probe.sh", import.meta.url));
const quick = ["-SS", "-y", "-s", "0", "just-build"];

const builders: Builder[] = [];
async function builder(options: BuilderOptions): Promise<Builder> {
  const made = await createBuilder(options);
  builders.push(made);
  return made;
}
afterEach(async () => {
  for (const each of builders.splice(0)) await each.remove();
});

const everything = (from: Builder) => readFile(join(from.logs, "00_last_results.log"), "utf8");
const summary = async (from: Builder) =>
  JSON.parse(await readFile(join(from.logs, "Report/summary.json"), "utf8"));

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

type Call = { hook: string; facts: string; keys: string[]; environment: Record<string, string> };

async function calls(from: Builder): Promise<Call[]> {
  const folder = join(from.etc, "cap");
  return Promise.all(
    (await readdir(folder)).map(async (name) => {
      const [facts = "", block = ""] = (await readFile(join(folder, name), "utf8")).split("--\n");
      const pairs = block
        .split("\n")
        .filter(Boolean)
        .map((line) => line.split(/=(.*)/s));
      return {
        hook: basename(name).replace(/^hook_|\.\d+$/g, ""),
        facts,
        keys: pairs.map(([key = ""]) => key),
        environment: Object.fromEntries(pairs.map(([key = "", value = ""]) => [key, value])),
      };
    }),
  );
}

describe.skipIf(process.platform !== "linux")("what a hook finds itself in", () => {
  it("is exactly the recorded environment and process", async () => {
    const used = await builder({ hooks: { script: await readFile(probe, "utf8") } });
    const { finished, pid } = used.start([...quick, ...golden.ports]);
    expect(await finished).toMatchObject({ status: 0 });
    const seen = await calls(used);
    const count = (hook: string) => seen.filter((call) => call.hook === hook).length;
    expect(
      ["run_start", "pkg_success", "pkg_failure", "pkg_ignored", "pkg_skipped", "run_end"].map(count),
    ).toEqual([1, 4, 3, 1, 3, 1]);
    for (const { hook, facts, keys, environment } of seen) {
      const own =
        hook === "run_start" || hook === "run_end" ? golden.environment[hook] : golden.environment.port;
      expect(keys).toEqual([...golden.environment.all, ...own]);
      expect(environment).toMatchObject({ PROFILE: "LiveSystem", DIR_LOGS: used.logs });
      expect(facts).toContain(`argc=0 argv0=${used.etc}/hook_${hook} ppid=${pid}\n`);
      expect(facts).toContain("nice=10 SigIgn:0000000000001000\n");
      expect(facts).toMatch(/^fd0=\/dev\/null fd1=pipe:\S+ fd2=socket:\S+$/m);
      expect(facts).not.toContain("open-fd");
    }
    const named = Object.fromEntries(
      seen.map(({ environment: e }) => [`${e.ORIGIN} ${e.FLAVOR} ${e.RESULT}`, e.PKGNAME]),
    );
    expect(named).toMatchObject(golden.packages);
    expect(seen.find((call) => call.hook === "run_start")?.environment).toMatchObject({ PORTS_QUEUED: "11" });
    expect(seen.find((call) => call.hook === "run_end")?.environment).toMatchObject({
      PORTS_BUILT: "4",
      PORTS_FAILED: "3",
      PORTS_IGNORED: "1",
      PORTS_SKIPPED: "3",
    });
  });
});

describe("hooks that misbehave", () => {
  it("get their status and their stderr into the log, nothing else", async () => {
    const script = [
      "#!/bin/sh",
      "echo thrown away",
      `echo "from \${0##*/}" >&2`,
      'sh -c "echo from a child >&2"',
      "exit 3",
      "",
    ].join("\n");
    const used = await builder({ hooks: { script } });
    expect(await used.run([...quick, "devel/flv@py311"])).toMatchObject({ status: 0 });
    const log = await everything(used);
    expect(log).toContain(`[XXX] (null) SCRIPT hook_run_start (${used.etc}/hook_run_start)\n`);
    expect(log).toContain(`[XXX] devel/flv@py311 SCRIPT hook_pkg_failure (${used.etc}/hook_pkg_failure)\n`);
    expect(log).toContain("devel/flv@py311: from hook_pkg_failure\n");
    // Each loses its newline; whether the hook's end is told between the two is chance.
    expect(log).toMatch(/from hook_run_start(from a child|\[XXX\] \(null\))/);
    expect(log).toMatch(/from a child[^\n]/);
    expect(log).not.toContain("thrown away");
  });

  it("without an interpreter line cannot be executed", async () => {
    const used = await builder({ hooks: { script: "true\n" } });
    expect(await used.run([...quick, "sysutils/ignoreme"])).toMatchObject({ status: 0 });
    expect(await everything(used)).toContain("EXEC FAILURE[XXX] sysutils/ignoreme SCRIPT hook_pkg_ignored");
  });

  it("overlap, but the end waits for them all", async () => {
    // Each failure hook waits for a second one to begin: it ends in vain when they run one by one.
    const script = `#!/bin/sh
order=\${0%/*}/order
case \${0##*/} in
hook_pkg_failure)
	echo begin >>"$order"
	for try in 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9; do
		[ "$(grep -c begin "$order")" -ge 2 ] && break
		sleep 0.5
	done
	echo end >>"$order"
	;;
hook_run_end) echo over >>"$order" ;;
esac
`;
    const used = await builder({ hooks: { script } });
    await used.run([...quick, "devel/badlib", "misc/nofetch", "devel/flv@py311"]);
    const order = (await readFile(join(used.etc, "order"), "utf8")).split("\n").filter(Boolean);
    expect(order.slice(0, 2)).toEqual(["begin", "begin"]);
    expect(order.filter((word) => word === "end")).toHaveLength(3);
    expect(order.indexOf("over")).toBe(6);
  });

  it("added during a run are not seen", async () => {
    const script = `#!/bin/sh\ncase $0 in *run_start) cp "$0" "\${0%/*}/hook_pkg_ignored" ;; esac\necho "$0" >>"\${0%/*}/ran"\n`;
    const used = await builder({ hooks: { script } });
    await rm(join(used.etc, "hook_pkg_ignored"));
    await used.run([...quick, "sysutils/ignoreme"]);
    expect(existsSync(join(used.etc, "hook_pkg_ignored"))).toBe(true);
    expect(await readFile(join(used.etc, "ran"), "utf8")).not.toContain("ignored");
  });
});

describe("a build that does not end well", () => {
  it.each(["auto", "plain"])("kills a silent phase (%s)", async (sandbox) => {
    const used = await builder({ hooks: "none" });
    const settings = { DSYNTH_DOUBLE_MINUTE: "0.2", DSYNTH_DOUBLE_SANDBOX: sandbox };
    expect(await used.run([...quick, "misc/hang"], settings)).toMatchObject({ status: 0 });
    const log = await readFile(join(used.logs, "misc___hang.log"), "utf8");
    expect(log).toMatch(
      /hangs\.\.\. \n-{8}\nWATCHDOG TIMEOUT FOR misc\/hang in configure after 15 minutes\nKilling pid \d+\n-{8}\n\nFAILED /,
    );
    expect(await everything(used)).toContain("[000] misc/hang Build phase 'configure' failed - lost pid\n");
  });

  it("dies at once by a signal: no run_end, the report still active, the locks free", async () => {
    const used = await builder({ hooks: { script: await readFile(probe, "utf8") } });
    const running = used.start([...quick, "misc/slow"]);
    const log = join(used.logs, "misc___slow.log");
    await until(async () => existsSync(log) && (await readFile(log, "utf8")).includes("step 1"));
    const second = await used.run([...quick, "devel/goodlib"]);
    expect(second).toMatchObject({ status: 1 });
    expect(second.output).toContain("Another dsynth is using");
    process.kill(running.pid, "SIGTERM");
    expect(await running.finished).toMatchObject({ status: null, signal: "SIGTERM" });
    expect((await readdir(join(used.etc, "cap"))).map((name) => name.replace(/\.\d+$/, "")).sort()).toEqual([
      "hook_pkg_success",
      "hook_run_start",
    ]);
    expect(await summary(used)).toMatchObject({ active: 1 });
    expect(await used.run([...quick, "devel/goodlib"])).toMatchObject({ status: 0 });
  });

  it("stops for good when pkg itself fails", async () => {
    const used = await builder({ hooks: { script: await readFile(probe, "utf8") } });
    await rm(join(used.ports, "ports-mgmt/pkg/files"), { recursive: true });
    await mkdir(join(used.ports, "ports-mgmt/pkg/files"));
    expect(await used.run([...quick, "devel/goodlib"])).toMatchObject({ status: 1 });
    expect((await calls(used)).map((call) => call.hook)).not.toContain("run_end");
  });
});

describe("the sandbox", () => {
  const works = spawnSync("bwrap", ["--ro-bind", "/", "/", "true"]).status === 0;

  it.runIf(works)("shows a port its declared dependencies only, and lets it write nowhere else", async () => {
    const used = await builder({ hooks: "none" });
    await rename(join(used.ports, "textproc/goodapp"), join(used.ports, "textproc/undeclared"));
    await writeFile(
      join(used.ports, "textproc/undeclared/Makefile"),
      `PORTNAME=	undeclared
PORTVERSION=	1

do-build:
	@ls \${LOCALBASE}/share || echo nothing there
	@touch \${.CURDIR}/x || echo read-only

.include <bsd.port.mk>
`,
    );
    await used.run([...quick, "devel/goodlib", "textproc/undeclared"]);
    const log = await readFile(join(used.logs, "textproc___undeclared.log"), "utf8");
    expect(log).toContain("nothing there\n");
    expect(log).toContain("read-only\n");
    expect(log).toContain("TOTAL TIME");
  });

  it("does without: plain folders give the same results", async () => {
    const used = await builder({ hooks: "none" });
    const run = await used.run([...quick, ...golden.ports], { DSYNTH_DOUBLE_SANDBOX: "plain" });
    expect(run.output.replace(/Duration: .*/, "Duration: 00:00:00")).toContain(golden.fresh.summary);
  });
});
