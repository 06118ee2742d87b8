import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectClient } from "../../../server/src/rpc/client.ts";
import { createLog } from "../../../server/src/rpc/log.ts";
import { listen } from "../../../server/src/rpc/server.ts";
import { socketPath } from "../../../server/src/rpc/socket.ts";
import { startTestServer } from "./services.ts";

const identity = { name: "test", version: "1" };
const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "portwright-socket-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("the socket is for its owner alone, in a folder that nobody else may enter, and goes with the server", async () => {
  const stateDir = join(root, "state");
  {
    await using server = await startTestServer({ stateDir });
    expect(server.rpc.path).toBe(join(stateDir, "portwright.sock"));
    expect(await mode(server.rpc.path)).toBe(0o600);
    expect(await mode(stateDir)).toBe(0o700);
    await server.rpc.close();
    await expect(stat(server.rpc.path)).rejects.toMatchObject({ code: "ENOENT" });
    const again = await listen({ services: server.services, log: () => {}, who: "x", env: {} });
    await again.close();
  }
});

test("a folder that others may read gets a private one for the socket; one that they may change is refused", async () => {
  const stateDir = join(root, "state");
  await mkdir(stateDir);
  await chmod(stateDir, 0o755);
  await using server = await startTestServer({ stateDir });
  expect(server.rpc.path).toBe(join(stateDir, "run", "portwright.sock"));
  expect(await mode(join(stateDir, "run"))).toBe(0o700);
  expect(await mode(stateDir)).toBe(0o755);
  expect(await socketPath(stateDir)).toBe(server.rpc.path);
  await server.rpc.close();
  await chmod(stateDir, 0o777);
  const refused = listen({ services: server.services, log: () => {}, who: "x", env: {} });
  await expect(refused).rejects.toMatchObject({ kind: "badState", message: expect.stringContaining("700") });
});

test.each([true, false])(
  "a path too long for a socket falls back to a short one (runtime folder: %s)",
  async (hasRuntimeDir) => {
    const stateDir = join(root, "x".repeat(120));
    const runtime = join(root, "run");
    await mkdir(runtime);
    const env = hasRuntimeDir ? { XDG_RUNTIME_DIR: runtime } : {};
    await using server = await startTestServer({ stateDir, env });
    expect(server.rpc.path.startsWith(hasRuntimeDir ? runtime : tmpdir())).toBe(true);
    expect(Buffer.byteLength(server.rpc.path)).toBeLessThanOrEqual(103);
    expect(await mode(join(server.rpc.path, ".."))).toBe(0o700);
    expect((await readFile(join(stateDir, "socket"), "utf8")).trim()).toBe(server.rpc.path);
    using client = await connectClient(await socketPath(stateDir), identity);
    expect(client.server.server.name).toBe("portwright");
  },
);

test("a planted link in place of the short folder is refused", async () => {
  const runtime = join(root, "run");
  const elsewhere = join(root, "elsewhere");
  await mkdir(runtime);
  await mkdir(elsewhere);
  await symlink(elsewhere, join(runtime, "portwright"));
  const start = startTestServer({ stateDir: join(root, "x".repeat(120)), env: { XDG_RUNTIME_DIR: runtime } });
  await expect(start).rejects.toMatchObject({ kind: "badState" });
});

test("the socket of a killed server is replaced, that of a live one is not", async () => {
  const stateDir = join(root, "state");
  await using server = await startTestServer({ stateDir });
  const { services, rpc } = server;
  const rival = listen({ services, log: createLog(() => {}, Date.now), who: "x", env: {} });
  await expect(rival).rejects.toMatchObject({ kind: "badState", message: expect.stringContaining(rpc.path) });
  using client = await connectClient(rpc.path, identity);
  await client.call("status", {});
  await rpc.close();

  const script = `require("node:net").createServer().listen(${JSON.stringify(rpc.path)}, () => process.kill(process.pid, "SIGKILL"))`;
  await expect(promisify(execFile)(process.execPath, ["-e", script])).rejects.toMatchObject({
    signal: "SIGKILL",
  });
  expect((await stat(rpc.path)).isSocket()).toBe(true);
  const next = await listen({ services, log: () => {}, who: "x", env: {} });
  using after = await connectClient(next.path, identity);
  await after.call("status", {});
  after[Symbol.dispose]();
  await next.close();
});
