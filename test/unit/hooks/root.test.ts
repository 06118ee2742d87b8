import { spawnSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  bundleFolders,
  createHookPlace,
  type HookPlace,
  portVariables,
  readMeta,
  readRecords,
} from "../../fixtures/dsynth/hooks.ts";

const silent = { status: 0, signal: null, output: "" };
const counts = { PORTS_BUILT: "1", PORTS_FAILED: "1", PORTS_IGNORED: "1", PORTS_SKIPPED: "1" };
const bwrap = ["bwrap", "--bind", "/", "/", "--dev", "/dev"];
const hasBwrap = spawnSync("bwrap", [...bwrap.slice(1), "true"]).status === 0;

let place: HookPlace;
beforeEach(async () => {
  place = await createHookPlace();
});
afterEach(() => place.remove());

const everyHook = async (prefix: string[] = []) => {
  expect(await place.run("run_start", { PORTS_QUEUED: "1" }, prefix)).toEqual(silent);
  for (const result of ["success", "ignored", "skipped", "failure"])
    expect(await place.run(`pkg_${result}`, portVariables("devel/a", "", result), prefix)).toEqual(silent);
  expect(await place.run("run_end", counts, prefix)).toEqual(silent);
};
const fail = (origin = "devel/badlib", flavor = "") =>
  place.run("pkg_failure", portVariables(origin, flavor));
const onlyBundle = async () => {
  const [folder = "", ...more] = await bundleFolders(place.evidence);
  expect(more).toEqual([]);
  return { folder, meta: await readMeta(folder) };
};
const rootOf = async () => (await readdir(place.root)).sort();

describe("names of a port", () => {
  const long = "x".repeat(300);
  const names: [string, string, string][] = [
    ["with blanks", "devel/a b", "py 311"],
    ["with a newline", "devel/a\nb=c", "py\n311"],
    ["with quotes", `devel/'a"b\``, `"'`],
    ["that climb", "devel/../../../etc", "../.."],
    ["with a leading dash", "-rf/-x", "--help"],
    ["of 300 characters", `devel/${long}`, long],
    ["of UTF-8", "développement/Ünïcödé", "日本"],
    ["of 300 characters of UTF-8", `devel/${"é".repeat(300)}`, "é".repeat(300)],
    ["of control bytes", "devel/\u0001\u001b[31m\u007f", "\t"],
    ["of shell words", "$(touch pwned)/;id", "*"],
  ];
  it.each(names)(
    "%s leave one whole record, one bundle, and nothing elsewhere",
    async (_, origin, flavor) => {
      const before = await rootOf();
      expect(await fail(origin, flavor)).toEqual(silent);
      expect(await place.run("pkg_success", portVariables(origin, flavor, "success"))).toEqual(silent);
      const [failure, success] = await readRecords(place.journal);
      expect(failure?.bundle).toBeTruthy();
      const { folder, meta } = await onlyBundle();
      expect(folder.split("/").at(-1)).toMatch(/^[A-Za-z0-9_+@][A-Za-z0-9_+@.-]{0,140}$/);
      expect(meta).toMatchObject({ origin, flavor });
      // A record is short: a long name is cut there, and whole in meta.txt.
      for (const record of [failure, success]) {
        expect(origin.startsWith(record?.origin?.replace("\ufffd", "") ?? "-")).toBe(true);
        expect(flavor.startsWith(record?.flavor?.replace("\ufffd", "") ?? "-")).toBe(true);
      }
      expect(await rootOf()).toEqual([...before, "evidence"].sort());
      expect(await readdir(join(place.evidence, "tmp"))).toEqual([]);
    },
  );

  it("of 255 bytes, which a folder can have, are still captured", async () => {
    const origin = `devel/${"x".repeat(255)}`;
    await mkdir(join(place.ports, origin), { recursive: true });
    await writeFile(join(place.ports, origin, "Makefile"), "PORTNAME=x\n");
    expect(await fail(origin)).toEqual(silent);
    const { folder, meta } = await onlyBundle();
    expect(meta).toMatchObject({ origin, log_state: "missing" });
    expect(await readdir(join(folder, "port"))).toEqual(["Makefile"]);
  });
});

describe("a port that would lead elsewhere", () => {
  const secretOf = async () => {
    const secret = join(place.root, "secret");
    await mkdir(secret);
    await writeFile(join(secret, "key"), "hunter2");
    return secret;
  };
  const grepBundle = (folder: string) => spawnSync("grep", ["-rlE", "hunter2", folder]).stdout.toString();

  it("by links to files and folders is not followed", async () => {
    const secret = await secretOf();
    const port = join(place.ports, "devel/badlib");
    await mkdir(join(port, "files"), { recursive: true });
    await writeFile(join(port, "Makefile"), "");
    await symlink(join(secret, "key"), join(port, "pkg-plist"));
    await symlink(secret, join(port, "files/folder"));
    await fail();
    const { folder, meta } = await onlyBundle();
    expect(await readdir(join(folder, "port"), { recursive: true })).toEqual(["Makefile"]);
    expect(meta.left_out?.split("\n").sort()).toEqual(["port/files/folder", "port/pkg-plist"]);
    expect(grepBundle(folder)).toBe("");
  });

  it("by being a link itself is not followed, nor are its options", async () => {
    const secret = await secretOf();
    await mkdir(join(place.ports, "devel"));
    await symlink(secret, join(place.ports, "devel/badlib"));
    await mkdir(join(place.root, "options/devel_badlib"), { recursive: true });
    await symlink(join(secret, "key"), join(place.root, "options/devel_badlib/options"));
    await fail();
    const { folder, meta } = await onlyBundle();
    expect(meta.cut).toBe("port:missing");
    expect(grepBundle(folder)).toBe("");
  });

  it("by a name that looks like another file's line is not followed", async () => {
    const secret = await secretOf();
    const port = join(place.ports, "devel/badlib");
    // Printed a line each, the path of this file ends in a line that names the link's target.
    await mkdir(join(port, "a\n7 ./link"), { recursive: true });
    await mkdir(join(port, "b\n7 ."), { recursive: true });
    await mkdir(join(port, "b\n7 .", "link"));
    await writeFile(join(port, "b\n7 .", "link/key"), "x");
    await symlink(secret, join(port, "link"));
    await fail();
    const { folder, meta } = await onlyBundle();
    expect(grepBundle(folder)).toBe("");
    expect(meta.left_out?.split("\n").sort()).toEqual(["port/link", "port:2-odd-names"]);
  });
});

describe("the mode of evidence", () => {
  it("follows the configured mask, whatever the modes of the port's files", async () => {
    await place.configure("umask=027");
    const port = join(place.ports, "devel/badlib");
    await mkdir(port, { recursive: true });
    await writeFile(join(port, "tool"), "");
    await chmod(join(port, "tool"), 0o4777);
    await fail();
    const { folder } = await onlyBundle();
    const mode = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8);
    expect(await mode(place.evidence)).toBe("750");
    expect(await mode(folder)).toBe("750");
    expect(await mode(join(folder, "meta.txt"))).toBe("640");
    expect(await mode(join(folder, "port/tool"))).toBe("750");
    expect(await mode(place.journal)).toBe("640");
  });
});

describe("trouble", () => {
  const fallback = () => readFile(join(place.etc, "portwright-hooks.log"), "utf8");
  const linesOf = (text: string) => text.trimEnd().split("\n");

  it.runIf(hasBwrap)("with a read-only folder is one line beside the configuration, and exit 0", async () => {
    await mkdir(place.evidence);
    await everyHook([...bwrap, "--ro-bind", place.evidence, place.evidence, "--"]);
    const text = await fallback();
    expect(text).toMatch(/hook_run_start\[\d+\] no run can be announced: cannot write under \S+evidence\n/);
    expect(text).toMatch(/hook_pkg_success\[\d+\] no journal record: cannot write \S+ \(devel\/a\)\n/);
    expect(text).toMatch(/hook_pkg_failure\[\d+\] no bundle for devel\/a: cannot write under \S+evidence\n/);
    expect(linesOf(text).length).toBeLessThanOrEqual(8);
  });

  it.runIf(hasBwrap)("with a full disk is told too", async () => {
    await mkdir(place.evidence);
    const fill = `head -c 100000 /dev/zero >${place.evidence}/ballast 2>/dev/null; exec "$0"`;
    const prefix = [...bwrap, "--size", "8192", "--tmpfs", place.evidence, "--", "/bin/sh", "-c", fill];
    expect(await place.run("pkg_failure", portVariables("devel/a"), prefix)).toEqual(silent);
    expect(await fallback()).toMatch(/no bundle for devel\/a/);
  });

  it("with settings is told once a run", async () => {
    await place.configure("umask=999", "colour=red", "# fine", "target.Other=@x");
    await everyHook();
    const log = linesOf(await readFile(join(place.evidence, "hooks.log"), "utf8"));
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(/ settings that were not understood: umask=999 colour=red$/);
  });

  it("with the builder's folders is told once a run", async () => {
    await rm(place.logs, { recursive: true });
    await everyHook();
    const log = linesOf(await readFile(join(place.evidence, "hooks.log"), "utf8"));
    expect(log).toEqual([expect.stringMatching(/ the builder's folder of logs is missing: \S+logs$/)]);
  });

  it("never fills a disk: the log turns over, and is no way to write elsewhere", async () => {
    await mkdir(place.evidence);
    const log = join(place.evidence, "hooks.log");
    await writeFile(log, "x".repeat(300_000));
    await place.configure("nonsense=1");
    await place.run("run_start", { PORTS_QUEUED: "1" });
    expect((await stat(`${log}.1`)).size).toBe(300_000);
    expect((await stat(log)).size).toBeLessThan(500);

    await rm(log);
    await writeFile(join(place.root, "victim"), "");
    await symlink(join(place.root, "victim"), log);
    await place.run("run_start", { PORTS_QUEUED: "1" });
    expect(await readFile(join(place.root, "victim"), "utf8")).toBe("");
  });
});
