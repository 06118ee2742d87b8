import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installHooks, installServer, lookAtHost } from "../../../extension/src/builders/install.ts";
import { SshHost } from "../../../extension/src/connection/ssh/sshHost.ts";
import { define, makeHome } from "../extension/home.ts";
import { createSshd } from "../remote/sshd.ts";
import { npmNetwork, npmPath, packServer } from "./packed.ts";
import { makeSandbox } from "./portwright.ts";

const run = promisify(execFile);

let prefix: string;
let portwright: string;
let tarball: string;

beforeAll(async () => {
  prefix = await mkdtemp(join(tmpdir(), "portwright-package-"));
  tarball = await packServer(prefix);
  const env = { ...process.env, PATH: npmPath };
  await run("npm", ["install", "--global", "--prefix", prefix, tarball], { cwd: prefix, env });
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

describe("installed on a builder over SSH, from the editor", () => {
  const signal = AbortSignal.timeout(300_000);
  const told: string[] = [];
  const tell = (line: string) => void told.push(line);

  async function place(...settings: string[]) {
    const dir = await mkdtemp(join(tmpdir(), "portwright-install-"));
    const sshd = await createSshd(join(dir, "sshd"), settings);
    const home = await makeHome({ trusts: true });
    const fields = { port: sshd.ssh.port, identity: join(dir, "sshd/user") };
    const host = new SshHost(define(fields), home.parts);
    return {
      dir,
      steps: { host, tell, signal },
      async [Symbol.asyncDispose]() {
        host.dispose();
        await sshd.stop();
        await home[Symbol.asyncDispose]();
        await rm(dir, { recursive: true, force: true });
      },
    };
  }

  test("an older Node there is named with the remedy, and an absent one too", async () => {
    const dir = await mkdtemp(join(tmpdir(), "portwright-old-node-"));
    try {
      await writeFile(join(dir, "node"), "#!/bin/sh\necho v18.1.0\n", { mode: 0o755 });
      await using old = await place(`SetEnv PATH=${dir}:/usr/bin:/bin`);
      await expect(lookAtHost(old.steps)).rejects.toThrow(/v18\.1\.0 is too old.*22.*nodejs\.org/);
      await rm(join(dir, "node"));
      for (const tool of ["sh", "uname", "id"]) await symlink(`/bin/${tool}`, join(dir, tool));
      await using none = await place(`SetEnv PATH=${dir}`);
      await expect(lookAtHost(none.steps)).rejects.toThrow(/Node is not installed there: .*npm/);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  test("copies the package, installs it, runs from its place, and leaves nothing beside it", async () => {
    const scratch = await mkdtemp(join(prefix, "scratch-"));
    const variables = [`PATH=${npmPath}`, `TMPDIR=${scratch}`, ...npmNetwork];
    await using there = await place(`SetEnv ${variables.join(" ")}`);
    expect(await lookAtHost(there.steps)).toMatchObject({ system: "Linux", compiles: false });
    const command = await installServer(there.steps, tarball, join(there.dir, "prefix"));
    expect(command).toBe(join(there.dir, "prefix/bin/portwright"));
    expect(told).toContain("0.1.0");
    expect((await readdir(scratch)).filter((name) => name.startsWith("tmp."))).toEqual([]);
    // Without a builder on that host there is no place for hooks, which is said.
    const plan = installHooks(there.steps, command, true).catch((error: Error) => error.message);
    expect(await plan).toMatch(/hook/);
  });

  test("says what went wrong there in its own words", async () => {
    await using there = await place(`SetEnv ${[`PATH=${npmPath}`, ...npmNetwork].join(" ")}`);
    await expect(installServer(there.steps, join(there.dir, "none.tgz"), there.dir)).rejects.toThrow(
      /ENOENT/,
    );
    const empty = join(there.dir, "empty.tgz");
    await writeFile(empty, "");
    await expect(installServer(there.steps, empty, join(there.dir, "prefix"))).rejects.toThrow(
      /cannot install the server: /,
    );
  });
});
