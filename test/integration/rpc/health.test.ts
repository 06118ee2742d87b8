import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { connectClient } from "../../../server/src/rpc/client.ts";
import { sampleJob } from "../../fixtures/states/entities.ts";
import { createPlace, kinds, type Place } from "../environments/support.ts";
import { machine, seedCases, startTestServer } from "./services.ts";

const secret = "sk-canary0123456789abcdefghij";
const kind = kinds[0] ?? "plain";
let place: Place;
beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

const identity = { name: "test", version: "1" };
const models = {
  patch: { model: "some-model", keyVariable: "CANARY_KEY", baseURL: `https://user:${secret}@example.org/v1` },
};

describe("doctor", () => {
  it("looks at everything, and says what to do about what is wrong", async () => {
    const config = { ...place.config(kind), models };
    await using server = await startTestServer({ withEnvironments: true, config });
    using client = await connectClient(server.rpc.path, identity);
    const look = async () =>
      new Map((await client.call("doctor", {})).checks.map((check) => [check.name, check]));
    const before = await look();
    for (const name of [
      "state",
      "freebsd-ports",
      "DeltaPorts",
      "distfiles",
      "make",
      "git",
      "policy",
      "delivery",
      "hooks",
    ])
      expect(before.get(name), name).toMatchObject({ ok: true });
    expect(before.get("model patch")).toEqual({
      ...{ kind: "models", name: "model patch", ok: false },
      message: expect.stringMatching(/^some-model at example\.org: CANARY_KEY is not set/),
      action: expect.stringContaining("Set Model Key"),
    });

    const stray = join(place.trees.deltaPorts, "stray");
    await writeFile(stray, "");
    expect((await look()).get("DeltaPorts")).toMatchObject({
      ok: false,
      message: expect.stringContaining("stray"),
    });
    await rm(stray);
    await rm(join(place.trees.freebsdPorts, "Mk/bsd.port.mk"));
    expect((await look()).get("freebsd-ports")?.ok).toBe(false);
  });

  it("names a worker that gives no sign of life, in the status too", async () => {
    const now = Date.now();
    const job = sampleJob({ caseId: "one" });
    const workers = [
      { job, since: now - 60_000, heartbeatAt: now - 40_000 },
      { job: { ...job, id: "job-2", kind: "triage" as const }, since: now - 70_000, heartbeatAt: now - 4000 },
    ];
    const idle = [{ kinds: ["verify" as const], count: 2, heartbeatAt: now - 20_000 }];
    await using server = await startTestServer({ workers, idle });
    seedCases(server.services.store, { id: "one", origin: "devel/one" });
    using live = server.services.live.begin("one", "attempt-1");
    live.turn(3);
    using client = await connectClient(server.rpc.path, identity);
    const status = await client.call("status", {});
    expect(status.idle).toEqual([{ ...idle[0], stale: true }]);
    expect(status.workers).toMatchObject([
      { jobId: "job-2", kind: "triage", stale: false },
      { jobId: "job-1", kind: "patch", origin: "devel/one", stage: "turn 3", stale: true },
    ]);
    const { checks } = await client.call("doctor", {});
    expect(checks.find(({ name }) => name === "workers")).toEqual({
      ...{ kind: "workers", name: "workers", ok: false },
      message: expect.stringMatching(
        /^patch of devel\/one \(job job-1\) gave no sign for 4\d s; no verify could be sought for \d+ s$/,
      ),
      action: expect.stringMatching(/^the log /),
    });
  });

  it("names an endpoint that is left alone, in the status too, and when it is tried again", async () => {
    const retryAt = Date.UTC(2026, 0, 1, 12, 30);
    const modelHealth = [
      { endpoint: "example.org", state: "open" as const, failures: 5, retryAt, problem: "on \u001b[31mfire" },
    ];
    const env = { CANARY_KEY: secret };
    await using server = await startTestServer({ config: { models }, env, modelHealth });
    using client = await connectClient(server.rpc.path, identity);
    const { checks } = await client.call("doctor", {});
    expect(checks.find(({ name }) => name === "model patch")).toEqual({
      ...{ kind: "models", name: "model patch", ok: false },
      action: expect.stringContaining("wait"),
      message: expect.stringMatching(/failed 5 times in a row and is left alone until 12:30:00 UTC.*fire/),
    });
    expect((await client.call("status", {})).endpoints).toEqual(modelHealth);
  });

  it("says of a server without trees what builds could be isolated with, and of absent evidence what makes it", async () => {
    await using server = await startTestServer({
      env: { CANARY_KEY: secret },
      config: { evidence: "/nonexistent", models },
    });
    using client = await connectClient(server.rpc.path, identity);
    const { checks } = await client.call("doctor", {});
    const named = (name: string) => checks.find((one) => one.name === name);
    expect(named(machine.name)).toEqual(machine);
    expect(await client.call("env/doctor", {})).toEqual({ checks: [machine] });
    expect(named("evidence")).toMatchObject({ ok: false, action: expect.stringContaining("hooks") });
    expect(named("model patch")).toMatchObject({ ok: true });
    expect(JSON.stringify(checks)).not.toContain(secret);
    expect(client.server.capabilities).not.toContain("environments");
  });
});

test("diagnostics tell what is needed to help, without secrets and within their bound", async () => {
  const env = { CANARY_KEY: secret };
  await using server = await startTestServer({
    env,
    config: { models, targets: { a: "x".repeat(100_000) } },
  });
  seedCases(server.services.store, { id: "one" });
  using client = await connectClient(server.rpc.path, identity);
  server.log.push(
    `a line with ${secret}\n`,
    "password=hunter22\n",
    ..."x"
      .repeat(4000)
      .split("")
      .map((_, n) => `${"l".repeat(90)} ${n}\n`),
  );
  const { text } = await client.call("diagnostics/collect", {});
  for (const part of [
    "portwright 9.9.9",
    process.version,
    "== checks",
    '"open": 1',
    "some-model",
    "CANARY_KEY",
    "l 3999",
  ])
    expect(text).toContain(part);
  expect(text).not.toContain(secret);
  expect(text).not.toContain("hunter22");
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(256 * 1024);
});

test("a state that cannot be written is told", async () => {
  await using server = await startTestServer();
  await using aside = await startTestServer();
  const folder = join(aside.stateDir, "closed");
  await mkdir(folder);
  await chmod(folder, 0o500);
  // Root may write anywhere: for it a folder that is gone stands for one that is closed.
  if (process.getuid?.() === 0) await rm(folder, { recursive: true });
  Object.assign(server.services, { stateDir: folder });
  using client = await connectClient(server.rpc.path, identity);
  const { checks } = await client.call("doctor", {});
  expect(checks.find(({ name }) => name === "state")?.ok).toBe(false);
});
