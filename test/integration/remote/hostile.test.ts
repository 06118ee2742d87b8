import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EvidenceError } from "../../../server/src/evidence/errors.ts";
import { type RemoteSpool, remoteSpool } from "../../../server/src/evidence/remote/spool.ts";
import { attributes, hostileHost, type Lies } from "./hostile.ts";

let dir: string;
let leave: (() => Promise<void>)[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-hostile-"));
  leave = [];
  await promisify(execFile)("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(dir, "key")]);
});
afterEach(async () => {
  for (const undo of leave.toReversed()) await undo();
  await rm(dir, { recursive: true });
});

async function spoolAt(port: number, answerMs = 60_000): Promise<RemoteSpool> {
  const key = (await readFile(join(dir, "key.pub"), "utf8")).split(" ").slice(0, 2).join(" ");
  await writeFile(join(dir, "known_hosts"), `[127.0.0.1]:${port} ${key}\n`);
  const spool = remoteSpool({
    ...{ name: "box", evidence: "/spool", mirror: join(dir, "mirror") },
    ssh: {
      ...{ host: "127.0.0.1", port, user: "anybody", identityFile: join(dir, "key") },
      ...{ knownHosts: [join(dir, "known_hosts")], patience: { handshakeMs: 20_000, answerMs } },
    },
  });
  leave.push(async () => spool.disconnect());
  return spool;
}

async function lyingHost(lies: Lies, answerMs?: number): Promise<RemoteSpool> {
  const host = await hostileHost(join(dir, "key"), lies);
  leave.push(host.close);
  const spool = await spoolAt(host.port, answerMs);
  await spool.connect(new AbortController().signal);
  return spool;
}

const folder = (name: string) => ({ filename: name, longname: name, attrs: attributes("folder") });
const file = (name: string, size: number) => ({
  filename: name,
  longname: name,
  attrs: attributes("file", size),
});

test.each(["../../../../escaped", "a/b", "..\u0000"])("a file named %j is not copied here", async (name) => {
  const spool = await lyingHost({
    list: (_path, round) => (round === 0 ? [file("meta.txt", 1), file(name, 4)] : null),
    lstat: () => attributes("file", 4),
    read: (offset) => (offset === 0 ? Buffer.from("evil") : null),
  });
  await expect(spool.bundleFolder("R1/x.1")).rejects.toBeInstanceOf(EvidenceError);
  expect(await readdir(tmpdir())).not.toContain("escaped");
});

test("folders in folders for ever, and files without end, are left where they are", async () => {
  const deep = await lyingHost({ list: (_path, round) => (round === 0 ? [folder("d")] : null) });
  await expect(deep.bundleFolder("R1/x.1")).rejects.toThrow(/deeper than/);
  let served = 0;
  const many = await lyingHost({
    list: (_path, round) => {
      served++;
      return Array.from({ length: 100 }, (_, n) => file(`f${round}-${n}`, 1));
    },
    lstat: () => attributes("file", 0),
  });
  await expect(many.bundleFolder("R1/x.1")).rejects.toThrow(/larger than bundles are/);
  expect(served).toBeLessThanOrEqual(12);
});

test("a file that says it is small and never ends is cut where it said", async () => {
  let asked = 0;
  const spool = await lyingHost({
    lstat: () => attributes("file", 1000),
    read: (_offset, length) => {
      asked += length;
      return Buffer.alloc(length, 120);
    },
  });
  const path = await spool.fetchFile("/logs/a.log");
  expect((await readFile(path ?? "")).length).toBe(1000);
  expect(asked).toBe(1000);
  expect((await spool.files.read("/x", 0, 1 << 20))?.length).toBe(1000);
});

test("a file that says it is larger than any log is not begun", async () => {
  const spool = await lyingHost({ lstat: () => attributes("file", 2 ** 45) });
  expect(await spool.fetchFile("/logs/a.log")).toBeNull();
});

test("a journal of noise without end gives nothing, in bounded steps", async () => {
  const spool = await lyingHost({
    lstat: () => attributes("file", 3_000_000),
    read: (_offset, length) => Buffer.alloc(length, 120),
  });
  const page = await spool.readJournal({ offset: 0 }, 100);
  expect(page.records).toEqual([]);
  expect(page.damaged).toBeGreaterThan(0);
});

test("a side that never answers is given up", async () => {
  const spool = await lyingHost({}, 300);
  await expect(spool.files.stat("/x")).rejects.toMatchObject({ kind: "unreachable" });
});

test.each([
  ["says nothing", () => {}],
  ["speaks something else", (socket: Socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ["hangs up", (socket: Socket) => socket.destroy()],
])("a port that %s is no builder", async (_, behave) => {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  leave.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const key = join(dir, "key");
  const { port } = server.address() as AddressInfo;
  const spool = remoteSpool({
    ...{ name: "box", evidence: "/spool", mirror: join(dir, "mirror") },
    ssh: {
      ...{ host: "127.0.0.1", port, user: "anybody", identityFile: key, knownHosts: [] },
      patience: { handshakeMs: 500, answerMs: 500 },
    },
  });
  await expect(spool.connect(new AbortController().signal)).rejects.toMatchObject({ kind: "unreachable" });
});

test("connecting ends at once when it is called off", async () => {
  const server = createServer((socket) => void socket.resume());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  leave.push(() => new Promise((resolve) => void server.close(() => resolve())));
  const spool = await spoolAt((server.address() as AddressInfo).port);
  const stop = new AbortController();
  const connecting = spool.connect(stop.signal);
  setTimeout(() => stop.abort(), 50);
  await expect(connecting).rejects.toThrow();
});
