import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Connection } from "../../../../extension/src/connection/connection.ts";
import { ConnectionLostError, ServerError } from "../../../../extension/src/connection/errors.ts";
import { canReplay } from "../../../../extension/src/connection/following.ts";
import type { ConnectionState } from "../../../../extension/src/connection/state.ts";
import { readArtifact } from "../../../../extension/src/documents/artifact.ts";
import { command, localChannel, type RealServer, startServer } from "./server.ts";

let server: RealServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A connection, and the origins of the cases that it told of; it ends with the test. */
function connectTo(stateDir: string, program: readonly string[] = command) {
  const origins = new Set<string>();
  const said: string[] = [];
  let snapshots = 0;
  const connection = new Connection({
    open: localChannel(stateDir, program),
    version: "0",
    loadSnapshot: async (call) => {
      snapshots += 1;
      const { cases } = await call("cases/list", {});
      for (const { origin } of cases) origins.add(origin);
    },
    log: (line) => said.push(line),
    random: () => 0.5,
  });
  connection.onEvents((events) => {
    for (const { type, payload } of events) if (type === "case/changed") origins.add(payload.origin);
  });
  return {
    ...{ origins, connection, said },
    get snapshots() {
      return snapshots;
    },
    reach: (name: ConnectionState["name"]) =>
      new Promise<ConnectionState>((resolve) => {
        const look = (state: ConnectionState) => state.name === name && resolve(state);
        connection.onState(look);
        look(connection.state);
      }),
    [Symbol.dispose]: () => connection.dispose(),
  };
}

async function importLog(name: string, text: string): Promise<void> {
  const path = join(server.folder, name);
  await writeFile(path, text);
  await server.call("evidence/import", { path, target: "@2026Q3" });
}

const failing = (word: string) =>
  `===>  Configuring for ${word}-1.0\nconfigure: error: ${word} is too old\n===>  Script "configure" failed unexpectedly.\n*** Error code 1\n`;

/** Settles when the client was told of cases of these origins, and no others. */
function whenTold({ origins, connection }: ReturnType<typeof connectTo>, expected: string[]): Promise<void> {
  return new Promise((resolve) => {
    const look = () => JSON.stringify([...origins].sort()) === JSON.stringify(expected) && resolve();
    connection.onEvents(look);
    look();
  });
}

describe("Connection, with a real server", () => {
  it("reads a snapshot, follows the events, and after a crash resumes with what it missed", async () => {
    await importLog("devel___one.log", failing("one"));
    using client = connectTo(server.stateDir);
    client.connection.connect();
    await client.reach("connected");
    expect([...client.origins]).toEqual(["devel/one"]);

    await importLog("devel___two.log", failing("two"));
    await whenTold(client, ["devel/one", "devel/two"]);

    const lost = client.reach("waiting");
    await server.kill();
    expect(await lost).toMatchObject({ name: "waiting", failures: 1 });
    // The command that is run again starts another server.
    await client.reach("connected");
    await importLog("devel___three.log", failing("three"));
    await whenTold(client, ["devel/one", "devel/three", "devel/two"]);
    expect(client.snapshots).toBe(1);
  });

  it("hears of more events than there is room for at once, whatever becomes of one listener", async () => {
    await importLog("devel___noted.log", failing("noted"));
    using client = connectTo(server.stateDir);
    client.connection.onEvents(() => {
      throw new Error("a listener's own fault");
    });
    let notes = 0;
    const told = new Promise<void>((resolve) => {
      client.connection.onEvents((events) => {
        notes += events.filter(({ type }) => type === "note/recorded").length;
        if (notes === 80) resolve();
      });
    });
    client.connection.connect();
    await client.reach("connected");
    for (let n = 0; n < 80; n += 1)
      await server.call("case/note", { case: "devel/noted", kind: "note", text: "x".repeat(8000) });
    await told;
    expect(client.said.join("\n")).toContain("a listener's own fault");
  });

  it("tells a refusal in the server's words", async () => {
    using client = connectTo(server.stateDir);
    client.connection.connect();
    await client.reach("connected");
    const refused = client.connection.call("case/get", { case: "devel/none" });
    await expect(refused).rejects.toBeInstanceOf(ServerError);
    await expect(refused).rejects.toMatchObject({ kind: "notFound" });
  });

  it("reads an artifact of many ranges byte for byte", async () => {
    const log = `${"a line of a long build\n".repeat(30_000)}${failing("long")}`;
    await importLog("devel___long.log", log);
    using client = connectTo(server.stateDir);
    client.connection.connect();
    await client.reach("connected");
    const { call } = client.connection;
    const { bundles } = await call("case/get", { case: "devel/long" });
    const [artifact] = bundles[0]?.artifacts ?? [];
    const bytes = await readArtifact(call, artifact?.sha256 ?? "");
    expect(Buffer.from(bytes).toString()).toBe(log);
    const start = await readArtifact(call, artifact?.sha256 ?? "", 100_000, 300_000);
    expect(Buffer.from(start).toString()).toBe(log.slice(100_000, 300_000));
  });
});

describe("Connection, where nothing can be reached", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "portwright-editor-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("stops for a command that does not exist", async () => {
    using client = connectTo(folder, [join(folder, "absent")]);
    client.connection.connect();
    expect(await client.reach("stopped")).toMatchObject({ problem: "commandNotFound" });
    await expect(client.connection.whenConnected(AbortSignal.timeout(1000))).rejects.toThrow(
      /there is no command .*absent/,
    );
  });

  it("stops for a command that does not exist at the other end of a shell", async () => {
    using client = connectTo(folder, ["sh", "-c", "portwright-is-not-here"]);
    client.connection.connect();
    expect(await client.reach("stopped")).toMatchObject({ problem: "commandNotFound" });
  });

  it("tries again when the command ends, with its own words", async () => {
    using client = connectTo(folder, ["sh", "-c", "echo 'portwright: no room' >&2; exit 1"]);
    client.connection.connect();
    expect(await client.reach("waiting")).toEqual({ name: "waiting", failures: 1, reason: "no room" });
    expect(client.said).toContain("portwright: no room");
    expect(client.connection.state.name).toBe("waiting");
  });

  it("stops for a server that speaks no common version", async () => {
    const peer = `process.stdin.once("data", () => {
      const error = { code: -32006, message: "the client is too old, update it", data: { kind: "version" } };
      const body = JSON.stringify({ jsonrpc: "2.0", id: 0, error });
      process.stdout.write("Content-Length: " + body.length + "\\r\\n\\r\\n" + body);
    });`;
    using client = connectTo(folder, [process.execPath, "-e", peer, "--"]);
    client.connection.connect();
    expect(await client.reach("stopped")).toMatchObject({
      problem: "serverTooNew",
      reason: "the client is too old, update it",
    });
  });

  it("says nothing more once it is disconnected", async () => {
    using client = connectTo(folder, ["sh", "-c", "sleep 0.2; exit 1"]);
    client.connection.connect();
    client.connection.disconnect();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(client.connection.state).toEqual({ name: "idle" });
    await expect(client.connection.call("status", {})).rejects.toBeInstanceOf(ConnectionLostError);
    // Nor does anything but the person's own wish connect it again.
    await client.connection.refresh();
    expect(client.connection.state).toEqual({ name: "idle" });
    const { signal } = new AbortController();
    await expect(client.connection.whenConnected(signal)).rejects.toBeInstanceOf(ConnectionLostError);
  });
});

it("canReplay wants a snapshot where nothing is known, too much was missed, or the server is another one", () => {
  expect(canReplay(null, 10)).toBe(false);
  expect(canReplay(10, 10)).toBe(true);
  expect(canReplay(10, 5010)).toBe(true);
  expect(canReplay(10, 5011)).toBe(false);
  expect(canReplay(11, 10)).toBe(false);
});
