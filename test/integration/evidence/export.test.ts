import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { makeSandbox, type Sandbox } from "../cli/portwright.ts";
import { failingLog, Spool } from "../tracker/spool.ts";

const run = promisify(execFile);

async function json(sandbox: Sandbox, ...args: string[]) {
  const ran = await sandbox.run([...args, "--json"]);
  expect(ran).toMatchObject({ code: 0 });
  return JSON.parse(ran.stdout);
}

async function serving(): Promise<Sandbox> {
  const sandbox = await makeSandbox();
  await mkdir(sandbox.stateDir, { mode: 0o700 });
  const config = { evidence: join(sandbox.folder, "evidence"), automation: { enabled: false } };
  await writeFile(join(sandbox.stateDir, "portwright.json"), JSON.stringify(config));
  expect(await sandbox.run(["serve"])).toMatchObject({ code: 0 });
  return sandbox;
}

const longName = `files/${"patch-".repeat(30)}end.c`;

test("evidence that one server exports, as a folder or as an archive, another diagnoses the same", async () => {
  await using one = await serving();
  const ref = new Spool(join(one.folder, "spool")).bundle("R1", "devel/one", {
    [`port/${longName}`]: "--- a\n+++ b\n",
    "options/options": "OPT=on\n",
  });
  await json(one, "evidence", "import", join(one.folder, "spool/bundles", ref), "--target", "@main");
  await writeFile(join(one.folder, "lang___two@py311.log"), failingLog("bar"));
  await json(one, "evidence", "import", join(one.folder, "lang___two@py311.log"), "--target", "@main");

  const told = await json(one, "evidence", "export", "devel/one");
  expect(told.output).toBe(join(one.folder, "devel___one"));
  const names = (await readdir(told.output, { recursive: true })).sort();
  expect(names).toEqual(
    expect.arrayContaining([
      "logs/errors.txt",
      "logs/full.log.gz",
      "meta.txt",
      "port/Makefile",
      `port/${longName}`,
    ]),
  );
  expect(gunzipSync(await readFile(join(told.output, "logs/full.log.gz"))).toString()).toBe(
    failingLog("foo"),
  );
  expect(await readFile(join(told.output, "meta.txt"), "utf8")).toContain("origin=devel/one\n");

  const archive = join(one.folder, "two.tar");
  await json(one, "evidence", "export", "lang/two", "--output", archive);
  await json(one, "evidence", "export", "devel/one", "--output", join(one.folder, "one.tar"));
  const { stdout } = await run("tar", ["-tf", join(one.folder, "one.tar")]);
  expect(stdout.split("\n")).toContain(`devel___one/port/${longName}`);
  const again = await one.run(["evidence", "export", "lang/two", "--output", archive]);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("there already")]);
  expect((await readdir(one.folder)).filter((name) => name.startsWith("."))).toEqual([]);

  await using other = await serving();
  for (const path of [archive, told.output])
    await json(other, "evidence", "import", path, "--target", "@main");
  for (const ref of ["devel/one", "lang/two"]) {
    const [before, after] = [await json(one, "case", "show", ref), await json(other, "case", "show", ref)];
    expect(after.bundles[0].diagnosis).toEqual(before.bundles[0].diagnosis);
    expect(after.case).toMatchObject({ origin: before.case.origin, flavor: before.case.flavor });
  }
  await json(other, "evidence", "import", join(one.folder, "one.tar"), "--target", "@tar");
  const unpacked = await json(other, "case", "show", "devel/one", "--target", "@tar");
  const artifacts = unpacked.bundles[0].artifacts.map(({ name }: { name: string }) => name);
  expect(artifacts).toContain(`port/${longName}`);
  const absent = await one.run(["evidence", "export", "no/such"]);
  expect(absent.code).toBe(3);
});

test("an archive made by tar itself is taken, and one that leads elsewhere is not", async () => {
  await using sandbox = await serving();
  const place = (name: string) => join(sandbox.folder, name);
  const ref = new Spool(place("spool")).bundle("R1", "devel/one");
  await run("tar", ["--format=gnu", "-cf", place("gnu.tar"), "-C", place(`spool/bundles/${ref}/..`), "."]);
  const { bundles } = await json(sandbox, "evidence", "import", place("gnu.tar"));
  expect(bundles).toMatchObject([{ origin: "devel/one", classification: "compile-error" }]);
  await writeFile(place("evil"), "x");
  await run("tar", ["-P", "-cf", place("evil.tar"), "-C", place("spool"), "../evil"]);
  const refused = await sandbox.run(["evidence", "import", place("evil.tar")]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("no bundle has")]);
});
