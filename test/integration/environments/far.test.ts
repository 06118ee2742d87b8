import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lendEnvironments } from "../../../server/src/environments/far/lend.ts";
import { createEnvironmentManager } from "../../../server/src/environments/manager.ts";
import type { EnvironmentManager } from "../../../server/src/environments/types.ts";
import { createFarHost, type FarHost } from "../../fixtures/farHost.ts";
import { createWay } from "../remote/way.ts";
import { commitAll, copyTree, createPlace, kinds, type Place, processes, running } from "./support.ts";

const hasSsh = ["ssh", "script"].every((name) => existsSync(`/usr/bin/${name}`));

/** A program that lends nothing and answers as it was told to. */
const liar = (told: object) => `
import { createInterface } from "node:readline";
const told = ${JSON.stringify(told)};
for await (const line of createInterface({ input: process.stdin })) {
  const { id, call } = JSON.parse(line);
  if (call !== undefined) console.log(JSON.stringify({ id, result: told[call] ?? {} }));
}`;

describe.runIf(kinds.includes("ssh"))("environments of another host", () => {
  let place: Place;
  let far: FarHost;
  const opened: EnvironmentManager[] = [];
  beforeAll(async () => {
    place = await createPlace();
    far = await createFarHost(join(place.folder, "host"));
    await far.configure(place.config("bwrap"));
  });
  afterAll(async () => {
    for (const manager of opened) await manager.close();
    await far.sshd.stop();
    await place.remove();
  });

  async function managerWith(ssh: object = {}, trees: object = {}): Promise<EnvironmentManager> {
    const config = place.config("bwrap");
    const manager = await createEnvironmentManager({
      config: {
        ...config,
        ...(config.trees && { trees: { ...config.trees, ...trees } }),
        environment: { ...config.environment, kind: "ssh", ssh: { ...far.ssh, ...ssh } },
      },
      stateDir: join(place.folder, "here"),
      now: Date.now,
      newId: () => String(opened.length),
    });
    opened.push(manager);
    return manager;
  }
  const trouble = async (manager: EnvironmentManager) =>
    (await manager.doctor()).flatMap((check) => (check.ok ? [] : [`${check.message}: ${check.action}`]));

  it("are not asked for where the host's key is not known, or another one", async () => {
    const empty = join(place.folder, "empty");
    await writeFile(empty, "");
    const unknown = await managerWith({ knownHosts: empty });
    expect(await trouble(unknown)).toEqual([expect.stringContaining("is not known (SHA256:")]);
    await expect(unknown.create({ name: "never", target: "@t" })).rejects.toMatchObject({
      name: "Unhealthy",
    });
    await expect(unknown.ready()).rejects.toThrow("is not known");
    expect(unknown.unready()).toContain("is not known");

    const other = join(place.folder, "other");
    const user = await readFile(`${far.ssh.identityFile}.pub`, "utf8");
    await writeFile(other, `[127.0.0.1]:${far.ssh.port} ${user}`);
    expect(await trouble(await managerWith({ knownHosts: other }))).toEqual([
      expect.stringContaining("has changed"),
    ]);
  });

  it("say what is amiss there: no Portwright, no trees, nothing that keeps builds apart", async () => {
    expect(await trouble(await managerWith({ command: ["no-such-portwright"] }))).toEqual([
      expect.stringMatching(/no-such-portwright: .*not found/),
    ]);
    const state = join(place.folder, "elsewhere");
    expect(await trouble(await managerWith({ state }))).toEqual([
      expect.stringContaining(`"trees" are not set in ${state}/portwright.json`),
    ]);
    await far.configure({ ...place.config("plain"), environment: { kind: "plain" } });
    expect(await trouble(await managerWith())).toEqual([expect.stringContaining("are not lent")]);
    await far.configure(place.config("bwrap"));
  });

  it("are not made by one that keeps nothing apart, whatever it says of itself first", async () => {
    const answers = async (name: string, told: object) => {
      const program = join(place.folder, `${name}.mjs`);
      await writeFile(program, liar(told));
      return managerWith({ command: [process.execPath, program] });
    };
    const plain = await answers("plain", { begin: { kind: "plain" } });
    expect(await trouble(plain)).toEqual([expect.stringContaining("are of kind plain, which keeps nothing")]);
    await expect(plain.ready()).rejects.toMatchObject({ name: "Unhealthy" });
    await expect(plain.create({ name: "never", target: "@t" })).rejects.toThrow("are of kind plain");

    const commits = { "freebsd-ports": "", DeltaPorts: "" };
    const opened = { kind: "plain", target: "@t", root: "/", commits, composed: {} };
    const later = await answers("later", { begin: { kind: "bwrap" }, open: opened });
    await expect(later.open("mine")).rejects.toThrow("answered open with what is no answer");
  });

  it("are not made of other commits than the trees here are at", async () => {
    const freebsdPorts = await copyTree(place.trees.freebsdPorts, join(place.folder, "moved"));
    await writeFile(join(freebsdPorts, "moved"), "");
    commitAll(freebsdPorts, "moved");
    const manager = await managerWith({}, { freebsdPorts });
    await expect(manager.create({ name: "differs", target: "@t" })).rejects.toMatchObject({
      reason: "tree",
      message: expect.stringMatching(/^freebsd-ports is at \w{12} here and at \w{12} on 127\.0\.0\.1: /),
    });
    expect(await trouble(manager)).toEqual([expect.stringContaining("bring the trees of both hosts")]);
  });

  it("end what runs there when the connection breaks, and are there again with the host", async () => {
    const manager = await managerWith();
    const environment = await manager.create({ name: "broken", target: "@t" });
    await environment.files.write("/work/obj/kept", Buffer.from("kept"));
    let begun: () => void = () => {};
    const up = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const script = "echo up; sleep 53197";
    const exec = environment.exec({ argv: ["sh", "-c", script], timeoutMs: 600_000, onOutput: begun });
    const failed = expect(exec).rejects.toMatchObject({
      name: "Unhealthy",
      message: expect.stringContaining("the connection to"),
    });
    await up;
    await far.sshd.stop();
    await failed;
    await expect.poll(() => running("sleep 53197"), { timeout: 50_000 }).toBe(false);
    await expect(environment.diff()).rejects.toThrow("cannot be reached");
    await far.sshd.start();
    expect((await environment.files.read("/work/obj/kept")).toString()).toBe("kept");
    await manager.destroy("broken");
  });

  it("are one connection's alone: the next one waits for what ran for one whose break was not seen there", async () => {
    await using way = await createWay(far.sshd, place.folder);
    const manager = await managerWith(way.ssh);
    const environment = await manager.create({ name: "unseen", target: "@t" });
    const up = Promise.withResolvers<void>();
    // Whatever asks it to end, and the group of the shell that began it, do not reach the first one.
    const sleeps = [`sleep 7${process.pid}1`, `sleep 7${process.pid}2`];
    const script = `trap '' TERM HUP; setsid ${sleeps[0]} & ${sleeps[1]} & echo up; wait`;
    const exec = environment.exec({
      ...{ argv: ["sh", "-c", script], timeoutMs: 600_000, onOutput: () => up.resolve() },
    });
    const failed = expect(exec).rejects.toMatchObject({ name: "Unhealthy" });
    await up.promise;
    way.cut();
    await failed;
    const left = async () => [...(await processes()).values()].filter((line) => sleeps.includes(line)).sort();
    // A shell in the background takes a while to become its command.
    await expect.poll(left).toEqual(sleeps);
    const next = await environment.exec({ argv: ["echo", "alone"], timeoutMs: 60_000 });
    expect(next.output.toString()).toBe("alone\n");
    expect(await left()).toEqual([]);
    await environment.destroy();
  });

  it.runIf(hasSsh)("give a person a shell there, whose exit status is the command's", async () => {
    const manager = await managerWith();
    const environment = await manager.create({ name: "shell", target: "@t" });
    // As a git of that connection has it, which is at work; and what commands look up meanwhile.
    const home = far.home(join(place.folder, "here"));
    const lock = join(home, "mirrors/DeltaPorts.git/packed-refs.lock");
    await writeFile(lock, "");
    const passwd = join(home, "environments/.etc-bwrap/passwd");
    const { mtimeMs } = await stat(passwd);
    const { argv, cwd, env } = await environment.shell({ TERM: "xterm", PS1: "it's \\w> ", ADDED: "a b" });
    const [program = "", ...rest] = argv;
    const input = 'cd /work/obj; echo "in $PWD with $ADDED"; exit 7\n';
    const { stdout, status } = spawnSync(program, rest, { cwd, env, input });
    expect(stdout.toString()).toContain("in /work/obj with a b");
    expect(status).toBe(7);
    await rm(lock);
    expect((await stat(passwd)).mtimeMs).toBe(mtimeMs);
    await environment.destroy();
  });

  it("are shown by the plan of a command with the way there", async () => {
    const manager = await managerWith();
    const environment = await manager.create({ name: "plan", target: "@t" });
    const plan = await environment.plan({ argv: ["make", "-V", "PKGNAME"] });
    expect(plan).toMatch(new RegExp(`^# by \\w+@127\\.0\\.0\\.1:${far.ssh.port} \\(bwrap\\)\\nbwrap `));
    await environment.destroy();
  });
});

it("a host that lends environments waits for no other that fell silent", async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const begin = () => Promise.reject(new Error("not asked here"));
  const lending = lendEnvironments({
    input,
    output,
    begin,
    signal: new AbortController().signal,
    silenceMs: 50,
  });
  await lending;
  expect(input.destroyed).toBe(true);
});

it("a host that asks in another version is told what to do", async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const begin = () => Promise.reject(new Error("not asked here"));
  const lending = lendEnvironments({ input, output, begin, signal: new AbortController().signal });
  input.write("Welcome to this host\n");
  input.end(`${JSON.stringify({ id: 1, call: "begin", params: { version: 0 } })}\n`);
  await lending;
  expect(JSON.parse(String(output.read()))).toMatchObject({
    id: 1,
    error: { reason: "unavailable", message: expect.stringContaining("install the same Portwright") },
  });
});
