import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CaseBook } from "../../../../extension/src/cases/caseBook.ts";
import { followJob } from "../../../../extension/src/commands/follow.ts";
import { Connection } from "../../../../extension/src/connection/connection.ts";
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
