import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Builders } from "../../../extension/src/builders/builders.ts";
import { hostOf } from "../../../extension/src/connection/open.ts";
import type { ConnectionState } from "../../../extension/src/connection/state.ts";
import { command, type RealServer, startServer } from "../../unit/extension/connection/server.ts";
import { createSshd, type Sshd } from "../remote/sshd.ts";
import { define, type Home, makeHome } from "./home.ts";

let dir: string;
let sshd: Sshd;
let server: RealServer;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-resume-"));
  sshd = await createSshd(join(dir, "sshd"));
  server = await startServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await sshd.stop();
  await rm(dir, { recursive: true, force: true });
});

/** A builder over SSH, the sequence numbers of the events that it told, and its end. */
function reach(home: Home, fields: object = {}) {
  const builders = new Builders({
    hostOf: (definition) => hostOf(definition, home.parts),
    ...{ version: "0", log: () => {}, random: () => 0.5 },
  });
  const told: number[] = [];
  builders.onEvents(({ events }) => told.push(...events.map(({ seq }) => seq)));
  builders.set([
    define({
      ...{ port: sshd.ssh.port, identity: join(dir, "sshd/user"), command, state: server.stateDir },
      ...fields,
    }),
  ]);
  const [builder] = builders.list();
  if (!builder) throw new Error("no builder");
  const until = (name: ConnectionState["name"]) =>
    new Promise<ConnectionState>((resolve) => {
      const look = () => builder.connection.state.name === name && resolve(builder.connection.state);
      builder.connection.onState(look);
      look();
    });
  return { builder, told, until, [Symbol.dispose]: () => builders.dispose() };
}

async function importLog(word: string): Promise<void> {
  const path = join(server.folder, `devel___${word}.log`);
  await writeFile(path, `configure: error: ${word} is too old\n*** Error code 1\n`);
  await server.call("evidence/import", { path, target: "@2026Q3" });
}

it("goes on after a connection that broke off, with every event once", async () => {
  await using home = await makeHome({ trusts: true });
  using far = reach(home);
  await far.until("connected");
  const { seq: first } = await server.call("events/list", { after: 0, limit: 1 });
  await importLog("one");
  const lost = far.until("waiting");
  await sshd.stop();
  await lost;
  await importLog("two");
  await sshd.start();
  await far.until("connected");
  await importLog("three");
  const { seq: last } = await server.call("events/list", { after: 0, limit: 1 });
  await new Promise<void>((resolve) => {
    const look = () => far.told.at(-1) === last && resolve();
    far.builder.connection.onEvents(look);
    look();
  });
  expect(far.told).toEqual(Array.from({ length: last - first }, (_, index) => first + 1 + index));
  const list = far.builder.book.lists.casesIn({ target: "@2026Q3", group: null });
  await list.open();
  expect(list.total).toBe(3);
  expect(home.asked).toHaveLength(1);
});

it("stays stopped for what only a person mends, and connects when he has", async () => {
  await using home = await makeHome();
  using far = reach(home);
  expect(await far.until("stopped")).toMatchObject({ problem: "hostKeyUnknown" });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(home.asked).toHaveLength(1);
  await writeFile(join(home.dir, ".ssh/known_hosts"), `[127.0.0.1]:${sshd.ssh.port} ${sshd.hostKey}\n`);
  far.builder.connection.connect();
  await far.until("connected");
});

it("tells that the command is not there, and that the server does not start", async () => {
  await using home = await makeHome({ trusts: true });
  using absent = reach(home, { command: ["/nowhere/portwright"] });
  expect(await absent.until("stopped")).toMatchObject({ problem: "commandNotFound" });
  await writeFile(join(home.dir, "portwright.json"), "no json");
  using broken = reach(home, { state: home.dir });
  expect(await broken.until("stopped")).toMatchObject({ problem: "serverStartFailed" });
});
