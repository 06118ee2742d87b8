import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CaseBook } from "../../../../extension/src/cases/caseBook.ts";
import { followJob } from "../../../../extension/src/commands/follow.ts";
import { Connection } from "../../../../extension/src/connection/connection.ts";
import { ConnectionLostError } from "../../../../extension/src/connection/errors.ts";
import type { ConnectionState } from "../../../../extension/src/connection/state.ts";
import { Emitter } from "../../../../extension/src/emitter.ts";
import { type RealServer, startServer } from "../connection/server.ts";

const fail = (error: unknown) => expect.unreachable(String(error));

let server: RealServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

it("settles with what came of the job, over a crash of the server in between", async () => {
  const log = join(server.folder, "devel___foo.log");
  await writeFile(
    log,
    "===>  Building for foo-1.0\nfoo.c:3:5: error: unknown type name 'u_foo'\n*** Error code 1\n",
  );
  await server.call("evidence/import", { path: log });
  const connection = new Connection({
    open: server.open,
    version: "0",
    loadSnapshot: (call) => book.load(call),
    log: () => {},
    random: Math.random,
  });
  const book = new CaseBook({ call: connection.call, onError: fail });
  connection.onEvents((events) => book.apply(events));
  try {
    connection.connect();
    await connection.whenConnected(AbortSignal.timeout(60_000));
    const subject = await book.find({ case: "devel/foo" });
    expect(subject.state).toBe("open");
    const { job } = await connection.call("case/triage", { case: subject.id });
    const following = followJob(connection, book, subject.id, job.id);
    await server.kill();
    expect(await following).toMatchObject({ id: subject.id, state: "escalated" });
  } finally {
    book.dispose();
    connection.dispose();
  }
});

it("fails when the case is not there", async () => {
  const connection = new Connection({
    open: server.open,
    version: "0",
    loadSnapshot: async () => {},
    log: () => {},
    random: Math.random,
  });
  try {
    connection.connect();
    await connection.whenConnected(AbortSignal.timeout(60_000));
    const book = new CaseBook({ call: connection.call, onError: fail });
    await expect(followJob(connection, book, "none", "none")).rejects.toThrow(/none/);
  } finally {
    connection.dispose();
  }
});

it.each<ConnectionState>([{ name: "idle" }, { name: "stopped", problem: "serverTooOld", reason: "too old" }])(
  "ends with a connection that is $name and does not come back by itself",
  async (state) => {
    const states = new Emitter<ConnectionState>();
    const connection = {
      call: () => Promise.reject(new ConnectionLostError("lost")),
      onState: states.on,
    };
    const following = followJob(connection, { onChange: new Emitter<"all">().on }, "c1", "j1");
    states.fire({ name: "waiting", failures: 1, reason: "lost" });
    states.fire(state);
    await expect(following).rejects.toBeInstanceOf(ConnectionLostError);
  },
);
