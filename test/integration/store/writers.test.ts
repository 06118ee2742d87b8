import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { sampleStory } from "../../fixtures/states/entities.ts";

let dir: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-writers-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  await rm(dir, { recursive: true });
});

async function holder(): Promise<ChildProcess> {
  const script = new URL("holder.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, dir], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  await Promise.race([once(child.stdout as NodeJS.EventEmitter, "data"), once(child, "exit")]);
  expect(child.exitCode).toBeNull();
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

const open = () => openStore({ dir, now: () => 1 });

test("a second process is refused, told whose the state is, and harms nothing", async () => {
  const first = await holder();
  for (let round = 0; round < 3; round++)
    expect(open).toThrow(
      expect.objectContaining({
        kind: "badState",
        message: expect.stringContaining(`in use by process ${first.pid}`),
      }),
    );
  expect(first.exitCode).toBeNull();
  await kill(first);
  const store = open();
  expect(store.append(sampleStory())).toHaveLength(sampleStory().length);
  store.close();
});

test("two stores in one process exclude each other too, and a closed one frees the state", () => {
  const first = open();
  expect(open).toThrow(`in use by process ${process.pid}`);
  first.append(sampleStory());
  first.close();
  const second = open();
  expect(second.lastSeq()).toBe(sampleStory().length);
  second.close();
});

test("the lock of a holder killed with kill -9 is gone with it, whatever its note says", async () => {
  for (let round = 0; round < 3; round++) {
    const child = await holder();
    await kill(child);
    expect(await readFile(join(dir, "lock.pid"), "utf8")).toBe(`${child.pid}\n`);
  }
  open().close();
});
