import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSandbox } from "./portwright.ts";

const run = promisify(execFile);
const repository = fileURLToPath(new URL("../../..", import.meta.url));
/** The npm that belongs to the node which runs this test may be absent; its scripts run on the pinned node. */
const path = `${dirname(process.execPath)}:${process.env.PATH}`;

let prefix: string;
let portwright: string;

beforeAll(async () => {
  prefix = await mkdtemp(join(tmpdir(), "portwright-package-"));
  const options = { cwd: repository, env: { ...process.env, PATH: path } };
  await run("npm", ["pack", "-w", "server", "--pack-destination", prefix], options);
  const [tarball = ""] = (await readdir(prefix)).filter((name) => name.endsWith(".tgz"));
  await run("npm", ["install", "--global", "--prefix", prefix, join(prefix, tarball)], {
    ...options,
    cwd: prefix,
  });
  portwright = join(prefix, "bin", "portwright");
});
afterAll(() => rm(prefix, { recursive: true, force: true }));

test("npm pack yields what npm install -g installs: commands, hooks, policy and the server work from it", async () => {
  const node = process.execPath;
  await using sandbox = await makeSandbox([node, portwright]);
  expect(await sandbox.run(["--version"])).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
  expect((await stat(portwright)).mode & 0o111).not.toBe(0);
  const base = join(sandbox.folder, "dsynth");
  const dry = await sandbox.run(["hooks", "install", "--dry-run", "--config-base", base]);
  expect(dry.stdout).toContain(`would write ${join(base, "hook_pkg_failure")}`);
  expect((await sandbox.run(["policy", "check"])).code).toBe(0);
  expect((await sandbox.run(["distill", "-"], "a.c:1:1: error: bad\n*** Error code 1\n")).stdout).toContain(
    "compile-error",
  );
  expect(await sandbox.run(["serve"])).toMatchObject({ code: 0, stderr: "" });
  const status = await sandbox.run(["status", "--json"]);
  expect(JSON.parse(status.stdout)).toMatchObject({ version: "0.1.0", state: sandbox.stateDir });
  expect((await sandbox.run(["stop"])).code).toBe(0);
});

test("the package holds the bundle and its data, and no sources", async () => {
  const installed = join(prefix, "lib/node_modules/@portwright/server");
  expect((await readdir(join(installed, "dist"))).toSorted()).toEqual(["hooks", "policy", "portwright.mjs"]);
  await expect(stat(join(installed, "src"))).rejects.toMatchObject({ code: "ENOENT" });
});

test("an older Node is told what it lacks", async () => {
  const older =
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.1.0" } })';
  const command = [process.execPath, "--import", `data:text/javascript,${older}`, portwright];
  await using sandbox = await makeSandbox(command);
  const { code, stderr } = await sandbox.run(["status"]);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `portwright: Node 22 or newer is needed; ${process.execPath} is 20.1.0\n`,
  });
});
