import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configFileOf, loadConfig } from "../../../server/src/config/load.ts";

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "portwright-config-"));
});
afterEach(() => rm(stateDir, { recursive: true }));

const write = (config: unknown): Promise<void> =>
  writeFile(configFileOf(stateDir), typeof config === "string" ? config : JSON.stringify(config));

test("without a file everything has its default", async () => {
  const config = await loadConfig(stateDir);
  expect(config.evidence).toBe("/var/spool/portwright");
  expect(config.trees).toBeUndefined();
  expect(config.automation.enabled).toBe(true);
});

test("relative paths start at the file's folder; a bare command stays one", async () => {
  const trees = { freebsdPorts: "up", deltaPorts: "/abs/delta", distfiles: "../dist" };
  await write({
    evidence: "spool",
    trees,
    policy: "p",
    environment: { root: "envs" },
    builder: { make: "bmake", dsynth: "./d" },
    composer: { command: ["{delta}/bin/compose", "./{output}"] },
  });
  const config = await loadConfig(stateDir);
  expect(config).toMatchObject({
    evidence: join(stateDir, "spool"),
    trees: {
      freebsdPorts: join(stateDir, "up"),
      deltaPorts: "/abs/delta",
      distfiles: join(stateDir, "../dist"),
    },
    policy: join(stateDir, "p"),
    environment: { root: join(stateDir, "envs") },
    builder: { make: "bmake", dsynth: join(stateDir, "d") },
    composer: { command: ["{delta}/bin/compose", "./{output}"] },
  });
});

test("programs of kind command start at the file's folder too, what they are given does not", async () => {
  const command = {
    exec: ["bin/jail", "./as-it-is", "{mounts}"],
    readOnly: ["{host}"],
    writable: ["{host}"],
    create: ["./make", "{name}"],
    destroy: ["jls"],
  };
  await write({
    environment: { kind: "command", command },
    composer: { command: ["./compose", "{output}"] },
  });
  const { environment, composer } = await loadConfig(stateDir);
  expect(environment.command).toEqual({
    ...{ ...command, online: [], offline: [] },
    exec: [join(stateDir, "bin/jail"), "./as-it-is", "{mounts}"],
    create: [join(stateDir, "make"), "{name}"],
  });
  expect(composer?.command).toEqual([join(stateDir, "compose"), "{output}"]);
});

test("another host's environments need to know how it is reached, in words that no shell changes", async () => {
  const ssh = { host: "dfly", user: "porter", identityFile: "keys/id", knownHosts: "known" };
  await write({ environment: { kind: "ssh", ssh } });
  expect((await loadConfig(stateDir)).environment.ssh).toEqual({
    ...{ host: "dfly", user: "porter", port: 22, command: ["portwright"] },
    ...{ identityFile: join(stateDir, "keys/id"), knownHosts: join(stateDir, "known") },
  });
  await write({ environment: { kind: "ssh" } });
  await expect(loadConfig(stateDir)).rejects.toThrow('kind "ssh" needs "ssh" with the "host"');
  for (const word of ["a b", "$(id)", "it's", "~/bin/portwright", "x;y", ""]) {
    await write({ environment: { kind: "ssh", ssh: { ...ssh, command: [word] } } });
    await expect(loadConfig(stateDir), word).rejects.toThrow("environment.ssh.command.0");
  }
});

test("a fault names the file, every field and the remedy", async () => {
  await write({ evidnce: "x", automation: { workers: 0 } });
  await expect(loadConfig(stateDir)).rejects.toMatchObject({
    kind: "badParams",
    message: expect.stringMatching(/portwright\.json has problems; mend.*automation\.workers: .*evidnce/s),
  });
  await write("{");
  await expect(loadConfig(stateDir)).rejects.toMatchObject({
    message: expect.stringContaining("is not JSON"),
  });
});

test("models that are asked in turn must be configured, each once", async () => {
  const others = { second: { model: "b" } };
  await write({ models: { patch: { model: "a", failover: ["second"] }, others } });
  expect((await loadConfig(stateDir)).models.patch?.failover).toEqual(["second"]);
  await write({
    models: { patch: { model: "a", failover: ["third", "second", "second", "patch"] }, others },
  });
  await expect(loadConfig(stateDir)).rejects.toMatchObject({
    message: expect.stringMatching(
      /models\.patch\.failover\.0: there is no model third .*models\.others \(known: second\).*failover\.2: second stands here twice.*failover\.3: there is no model patch/s,
    ),
  });
});

test("a file that is named must be there", async () => {
  const missing = join(stateDir, "other.json");
  await expect(loadConfig(stateDir, missing)).rejects.toMatchObject({
    kind: "badParams",
    message: `the configuration ${missing} does not exist`,
  });
});
