import { access, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultMake } from "../../../server/src/environments/host.ts";
import type { EnvironmentInfo, EnvironmentPreview } from "../../../server/src/protocol/index.ts";
import { connectClient, type RpcClient } from "../../../server/src/rpc/client.ts";
import { sampleAttempt, sampleJob } from "../../fixtures/states/entities.ts";
import { createPlace, kinds, type Place } from "../environments/support.ts";
import { seedCases, startTestServer, type TestServer } from "./services.ts";

const patience = { timeout: 20_000 };

describe.each(kinds)("a person's environments of kind %s, over the socket", (kind) => {
  let place: Place;
  let server: TestServer;
  let client: RpcClient;
  let root = "";
  let before: EnvironmentInfo[];
  let preview: EnvironmentPreview;
  let foreign: EnvironmentPreview;
  beforeAll(async () => {
    place = await createPlace();
    await place.manager(kind);
    server = await startTestServer({ withEnvironments: true, config: place.config(kind) });
    client = await connectClient(server.rpc.path, { name: "test", version: "1" });
    preview = await client.call("env/preview", { name: "mine", target: "@t" });
    foreign = await client.call("env/preview", { name: "mine", platform: "dragonfly" });
    before = (await client.call("env/list", {})).environments;
    root = (await client.call("env/create", { name: "mine", target: "@t" })).root;
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
    await place.remove();
  });
  const exec = (script: string, given: { cwd?: string; timeoutMs?: number } = {}) =>
    client.call("env/exec", { name: "mine", argv: ["sh", "-c", script], ...given });

  it("are shown before they are made, as they will be, and by that nothing is made", async () => {
    expect(before).toEqual([]);
    const made = await client.call("env/status", { name: "mine" });
    const tree = ({ commit, branch }: { commit: string; branch?: string }) => ({ commit, branch });
    expect(preview).toMatchObject({
      ...{ name: "mine", kind, target: "@t", root, isComposed: false },
      trees: Object.fromEntries(Object.entries(made.trees).map(([name, state]) => [name, tree(state)])),
    });
    expect(preview.checks.map((check) => [check.kind, check.ok])).toContainEqual(["disk", true]);
    expect(preview.farKind).toBe(made.farKind);
    const opened = await server.services.environments?.open("mine");
    expect(preview.text).toBe(await opened?.plan({ argv: [defaultMake()] }));
    expect(foreign.text).toContain(`mount_null -o rw,nosuid ${root}/obj`);
    expect(foreign.text).toContain(`mount_null -o ro,nosuid ${root}/overlay.git`);

    expect(await client.call("env/preview", { name: "other" })).toMatchObject({ isComposed: true });
    await expect(client.call("env/preview", { name: "mine" })).rejects.toMatchObject({ kind: "badState" });
    const draft = join(place.trees.deltaPorts, "draft");
    await writeFile(draft, "");
    await expect(client.call("env/preview", { name: "other" })).rejects.toThrow(/local changes: draft/);
    await rm(draft);
  });

  it("run commands there: with their exit status, in a folder, without a terminal, input or the network", async () => {
    expect(await exec("pwd; exit 3", { cwd: "/work/DeltaPorts/ports" })).toEqual({
      ...{ exitCode: 3, timedOut: false, truncated: false },
      output: "/work/DeltaPorts/ports\n",
    });
    const { output } = await exec("cat; tty; (: >/dev/tty) 2>&1; echo $PORTSDIR; env");
    expect(output).toMatch(/^not a tty\n.*\/dev\/tty.*\n(?:\/work\/DPorts|\S+\/DPorts)\n/);
    expect(output).not.toContain(process.env.PATH ?? "none");
    for (const cwd of ["/work/none", "/work/DeltaPorts/README", "/work/obj/../../../etc"])
      await expect(exec("true", { cwd })).rejects.toThrow();
    expect(await exec("sleep 100", { timeoutMs: 200 })).toMatchObject({ exitCode: null, timedOut: true });
  });

  it("bring all of a command's output as it comes, however much, and keep both ends of it", async () => {
    let told = "";
    client.on("progress", ({ text }) => {
      told += text;
    });
    const running = exec(
      "echo first; while [ ! -e /work/tmp/go ]; do sleep 0.05; done; seq 1 200000; printf ä",
    );
    await expect.poll(() => told, patience).toContain("first\n");
    await exec("touch /work/tmp/go");
    const { output, truncated } = await running;
    const whole = `first\n${Array.from({ length: 200_000 }, (_, index) => `${index + 1}\n`).join("")}ä`;
    await expect.poll(() => told.length, patience).toBe(whole.length);
    expect(told === whole).toBe(true);
    expect(truncated).toBe(true);
    expect(output.length).toBeLessThan(300_000);
    expect(output).toMatch(/^first\n1\n.*bytes cut.*199999\n200000\nä$/s);
  });

  it("show what this host and others would run for a command, and run nothing", async () => {
    const argv = ["touch", "/work/obj/it's"];
    const { text } = await client.call("env/plan", { name: "mine", argv });
    expect(text).toContain("touch");
    expect(text).toContain(root);
    const foreign = await client.call("env/plan", { name: "mine", argv, platform: "dragonfly" });
    expect(foreign.text).toContain(`mount_null -o rw,nosuid ${root}/obj`);
    expect(foreign.text).toContain("touch '/work/obj/it'\\''s'");
    expect((await client.call("env/readDirectory", { name: "mine", path: "/work/obj" })).entries).toEqual([]);
  });

  it("build a port there as an attempt does, with its log as it grows", async () => {
    let told = "";
    client.on("progress", ({ text }) => {
      told += text;
    });
    const order = { name: "mine", origin: "games/tilerun" };
    const { plan, build: none } = await client.call("env/build", { ...order, dryRun: true });
    expect(none).toBeNull();
    expect(plan?.steps.map(({ argv }) => argv.at(-1)).slice(0, 2)).toEqual(["check-sanity", "pkg-depends"]);
    const result = await client.call("env/build", order);
    const log = "/work/logs/games___tilerun.log";
    expect(result).toMatchObject({
      ...{ builder: "bsd-make", plan: null },
      build: { passed: false, failedPhase: "build", timedOut: false, log },
    });
    const { data } = await client.call("env/read", { name: "mine", path: log });
    expect(Buffer.from(data, "base64").toString()).toContain("-- Phase: build\n");
    await expect.poll(() => told, patience).toContain("===>  Building for tilerun");
    expect(await client.call("env/build", { name: "mine", origin: "misc/figsay" })).toMatchObject({
      build: { passed: true, failedPhase: null },
    });
    const masked = client.call("env/build", { name: "mine", origin: "sysutils/jailstat" });
    await expect(masked).rejects.toMatchObject({
      kind: "badState",
      message: expect.stringMatching(/masked/),
    });
    const nowhere = client.call("env/build", { name: "mine", origin: "../etc" });
    await expect(nowhere).rejects.toMatchObject({ kind: "badParams" });
    await client.call("env/reset", { name: "mine" });
  });

  it("leave nothing of killed servers once they are mended", async () => {
    // Beyond what the kernel gives: nobody has this process.
    const left = `.creating-${2 ** 30}-x`;
    await mkdir(join(root, "..", left, "obj"), { recursive: true });
    const leftovers = async (fix: boolean) => {
      const { checks, cleared } = await client.call("env/doctor", { fix });
      return { check: checks.find(({ name }) => name === "leftovers"), cleared };
    };
    expect(await leftovers(false)).toEqual({
      check: expect.objectContaining({ ok: false, action: expect.stringContaining("env doctor --fix") }),
    });
    expect(await leftovers(true)).toMatchObject({ check: { ok: true }, cleared: [left] });
    await expect(access(join(root, "..", left))).rejects.toThrow();
  });

  it("end a cancelled command with all that it started", async () => {
    const cancelled = new AbortController();
    const pulse = join(root, "tmp", "pulse");
    // The inner shell asks not to be ended.
    const script = "(trap '' TERM; while :; do echo x >>/work/tmp/pulse; sleep 0.1; done) & wait";
    const running = client.call("env/exec", { name: "mine", argv: ["sh", "-c", script] }, cancelled.signal);
    const refused = expect(running).rejects.toMatchObject({ kind: "cancelled" });
    await expect
      .poll(
        () =>
          access(pulse).then(
            () => true,
            () => false,
          ),
        patience,
      )
      .toBe(true);
    cancelled.abort();
    await refused;
    await exec("rm -f /work/tmp/pulse; sleep 0.5");
    await expect(access(pulse)).rejects.toThrow();
  });

  it("are read by ranges, and nothing else is", async () => {
    const big = Buffer.alloc(1_000_000, "0123456789");
    await writeFile(join(root, "obj", "big"), big);
    const read = (path: string, offset?: number, length?: number) =>
      client.call("env/read", { name: "mine", path, offset, length });
    const first = await read("/work/obj/big");
    expect(first).toMatchObject({ bytes: 1_000_000, eof: false });
    expect(Buffer.from(first.data, "base64").equals(big.subarray(0, 262_144))).toBe(true);
    expect(await read("/work/obj/big", 999_998)).toEqual({
      ...{ data: Buffer.from("89").toString("base64"), bytes: 1_000_000, eof: true },
    });
    expect(await read("/work/obj/big", 2_000_000)).toEqual({ data: "", bytes: 1_000_000, eof: true });
    await expect(read("/work/obj/big", 0, 262_145)).rejects.toMatchObject({ kind: "badParams" });

    await symlink("/etc/passwd", join(root, "obj", "out"));
    await symlink("../../../../../..", join(root, "obj", "up"));
    await exec("mkfifo /work/obj/pipe; mkdir /work/obj/folder");
    for (const path of [
      ...["/work/obj/out", "/work/obj/up/etc/passwd", "/work/obj/pipe", "/work/obj/folder", "/work/obj/none"],
      ...["/work/../etc/passwd", "/work-evil", "/work/DeltaPorts/.git/config", "/work/environment.json"],
    ])
      await expect(read(path), path).rejects.toThrow();
    await expect(read("/etc/passwd")).rejects.toMatchObject({ kind: "badParams" });
    const stat = (path: string) => client.call("env/stat", { name: "mine", path });
    expect(await stat("/work/obj/pipe")).toMatchObject({ type: "other" });
    expect(await stat("/work/obj/folder")).toMatchObject({ type: "directory" });
    expect(await stat("/work/obj/big")).toEqual({ type: "file", bytes: 1_000_000 });
    await expect(stat("/work/obj/none")).rejects.toMatchObject({ kind: "notFound" });
    await expect(stat("/work/obj/out")).rejects.toMatchObject({ kind: "badParams" });
    expect(await client.call("env/readDirectory", { name: "mine", path: "/work/obj" })).toEqual({
      entries: ["big", "folder/", "out", "pipe", "up"],
      truncated: false,
    });
  });

  it("are found by the path that a log names; without one the remedy is told", async () => {
    const asked = { origin: "devel/libarena", path: "/x/devel/libarena/work/libarena-3.0.1/arena.c" };
    expect(await client.call("env/source", { target: "@t", ...asked })).toEqual({
      environment: "mine",
      path: "/work/obj/devel/libarena/libarena-3.0.1/arena.c",
    });
    await expect(client.call("env/source", { target: "@other", ...asked })).rejects.toMatchObject({
      kind: "badState",
      message: expect.stringContaining("portwright env create NAME --target @other"),
    });
  });

  it("of jobs are left to them while one runs or waits to go on, and anyone's to remove afterwards", async () => {
    const name = "attempt-0123456789abcdef";
    await expect(client.call("env/create", { name })).rejects.toMatchObject({ kind: "badParams" });
    await server.services.environments?.create({ name, target: "@t" });
    const { environments } = await client.call("env/list", {});
    expect(environments.find((info) => info.name === name)?.ofJob).toBe(true);
    const { store } = server.services;
    seedCases(store, {});
    const leased = sampleJob({ id: "running", kind: "patch", state: "leased" });
    store.append([{ type: "job/changed", payload: leased }]);
    const acts = [
      () => client.call("env/update", { name }),
      () => client.call("env/reset", { name }),
      () => client.call("env/exec", { name, argv: ["true"] }),
      () => client.call("env/shell", { name }),
      () => client.call("env/destroy", { name }),
    ];
    for (const act of acts)
      await expect(act()).rejects.toMatchObject({
        kind: "badState",
        message: expect.stringContaining("job"),
      });
    expect(await client.call("env/stat", { name, path: "/work/obj" })).toMatchObject({ type: "directory" });
    const attempt = sampleAttempt({ id: "0123456789abcdef", jobId: "running", outcome: null, endedAt: null });
    store.append([
      { type: "attempt/changed", payload: attempt },
      { type: "job/changed", payload: { ...leased, state: "queued" } },
    ]);
    await expect(client.call("env/shell", { name })).rejects.toMatchObject({ kind: "badState" });
    store.append([{ type: "job/changed", payload: { ...leased, state: "failed" } }]);
    await client.call("env/destroy", { name });
  });

  it("are updated and reset, told with what changed", async () => {
    await mkdir(join(root, "obj", "left"));
    expect(await client.call("env/reset", { name: "mine" })).toMatchObject({ name: "mine" });
    await expect(access(join(root, "obj", "left"))).rejects.toThrow();
    const { environment, changes } = await client.call("env/update", { name: "mine", force: true });
    expect(environment.diskBytes).toBeGreaterThan(0);
    expect(changes.map(({ tree }) => tree)).toEqual(["freebsd-ports", "DeltaPorts"]);
    await expect(client.call("env/update", { name: "none" })).rejects.toMatchObject({ kind: "notFound" });
  });
});
