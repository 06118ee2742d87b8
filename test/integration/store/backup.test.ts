import { createHash } from "node:crypto";
import { rmSync, statSync } from "node:fs";
import {
  cp,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { blobPath } from "../../../server/src/store/blobs.ts";
import { backupState, restoreState } from "../../../server/src/store/sqlite/backup.ts";
import { checkState } from "../../../server/src/store/sqlite/check.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { sampleBundle, sampleRun, sampleStory } from "../../fixtures/states/entities.ts";
import { makeSandbox } from "../cli/portwright.ts";
import { everything, inSilence, tellStory } from "./prunable.ts";

const options = { signal: new AbortController().signal, onProgress: () => {} };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "portwright-backup-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const place = (name: string) => join(folder, name);

const artifactOf = (sha256: string) => ({ name: "logs/full.log", kind: "log", sha256, bytes: 1 }) as never;

/** One failure more: its log first, then the fact that names it. */
async function fail(store: ReturnType<typeof openStore>, number: number): Promise<void> {
  const sha256 = await store.blobs.put(Buffer.from(`log ${number}`));
  store.append([
    {
      type: "bundle/added",
      payload: sampleBundle({ id: `bundle-${number}`, artifacts: [artifactOf(sha256)] }),
    },
  ]);
}

async function makeState(bundles: number): Promise<void> {
  const store = openStore({ dir: place("state"), now: Date.now });
  store.append([{ type: "run/changed", payload: sampleRun() }]);
  for (let n = 0; n < bundles; n += 1) await fail(store, n);
  store.close();
  await writeFile(place("state/portwright.json"), "{}");
}

test("a copy is restored elsewhere with all that it held", async () => {
  await makeState(3);
  expect(await backupState(place("state"), place("copy"), options)).toEqual({
    events: 4,
    contents: 3,
    problems: [],
  });
  expect(await restoreState(place("copy"), place("other"), options)).toMatchObject({
    events: 4,
    contents: 3,
  });
  const store = openStore({ dir: place("other"), now: Date.now });
  expect(store.lastSeq()).toBe(4);
  const sha256 = createHash("sha256").update("log 2").digest("hex");
  expect((await store.blobs.read(sha256)).data.toString()).toBe("log 2");
  store.close();
  expect(await readFile(place("other/portwright.json"), "utf8")).toBe("{}");
});

test("a state and its copy are for their own user, whatever the mask of whoever opens them", async () => {
  const mask = process.umask(0);
  try {
    await makeState(1);
    const store = openStore({ dir: place("state"), now: Date.now });
    await fail(store, 1);
    await backupState(place("state"), place("copy"), options);
    for (const name of ["state/state.db", "state/state.db-wal", "copy/state.db"])
      expect(statSync(place(name)).mode & 0o777, name).toBe(0o600);
    for (const folder of ["state", "state/blobs", "copy", "copy/blobs"])
      expect(statSync(place(folder)).mode & 0o777, folder).toBe(0o700);
    store.close();
  } finally {
    process.umask(mask);
  }
});

test("a copy that is made while the state is written holds one moment of it, whole", async () => {
  await makeState(50);
  const store = openStore({ dir: place("state"), now: Date.now });
  let isWriting = true;
  const writing = (async () => {
    for (let n = 50; isWriting; n += 1) {
      await fail(store, n);
      await sleep(1);
    }
  })();
  const { events, contents } = await backupState(place("state"), place("copy"), options);
  isWriting = false;
  await writing;
  expect(contents).toBe(events - 1);
  expect(store.lastSeq()).toBeGreaterThanOrEqual(events);
  store.close();
  expect(await checkState(place("copy"), { ...options, readContents: true })).toMatchObject({ problems: [] });
});

test("what is pruned while a copy or a check is made is no damage to either", async () => {
  await makeState(3);
  /** What a pruning server does, at the first word of that step. */
  const pruningAt = (step: string, log: string) => {
    const sha256 = createHash("sha256").update(log).digest("hex");
    const onProgress = (text: string) => {
      if (!text.startsWith(step)) return;
      const db = new Database(place("state/state.db"));
      db.prepare("delete from artifacts where sha256 = ?").run(sha256);
      db.close();
      rmSync(blobPath(place("state/blobs"), sha256), { force: true });
    };
    return { ...options, onProgress };
  };
  expect(await backupState(place("state"), place("copy"), pruningAt("database", "log 0"))).toMatchObject({
    contents: 3,
  });
  expect(await checkState(place("state"), pruningAt("contents", "log 1"))).toMatchObject({ problems: [] });
  expect(await checkState(place("state"), options)).toMatchObject({ contents: 1, problems: [] });
});

test("a check that is stopped is no check that found something", async () => {
  await makeState(3);
  for (const step of ["database", "projections", "contents"]) {
    const stopping = new AbortController();
    const onProgress = (text: string) => void (text.startsWith(step) && stopping.abort());
    const checking = checkState(place("state"), { signal: stopping.signal, onProgress });
    await expect(checking, step).rejects.toThrow(/abort/);
  }
});

test("nothing is written over, and what is stopped or damaged leaves nothing", async () => {
  await makeState(3);
  await mkdir(place("taken"));
  await expect(backupState(place("state"), place("taken"), options)).rejects.toThrow("is there already");
  await expect(backupState(place("none"), place("copy"), options)).rejects.toThrow(
    "is no state that can be read",
  );
  const stopped = { ...options, signal: AbortSignal.abort() };
  await expect(backupState(place("state"), place("copy"), stopped)).rejects.toThrow(/abort/);
  expect((await readdir(folder)).toSorted()).toEqual(["state", "taken"]);

  await backupState(place("state"), place("copy"), options);
  await expect(restoreState(place("copy"), place("state"), options)).rejects.toThrow("holds a state already");
  const sha256 = createHash("sha256").update("log 1").digest("hex");
  await rm(blobPath(place("copy/blobs"), sha256));
  await expect(restoreState(place("copy"), place("other"), options)).rejects.toThrow(
    new RegExp(`content ${sha256} is missing.*; take another one`),
  );
  expect(await readdir(folder)).not.toContain("other");
});

/** The state as a kill leaves it: facts that stand in its log alone. */
async function makeKilled(name: string, bundles: number): Promise<void> {
  await makeState(bundles);
  const store = openStore({ dir: place("state"), now: Date.now });
  await fail(store, bundles);
  await cp(place("state"), place(name), { recursive: true });
  store.close();
  await rm(place("state"), { recursive: true });
}

test("a state that was killed is restored with what stands in its log alone", async () => {
  await makeKilled("killed", 3);
  await mkdir(place("other"));
  await writeFile(place("other/state.db.new"), "of a restore that was stopped");
  expect(await restoreState(place("killed"), place("other"), options)).toMatchObject({
    events: 5,
    contents: 4,
  });
  expect((await readdir(place("other"))).filter((name) => name.startsWith("state.db"))).toEqual(["state.db"]);
  expect(await checkState(place("other"), options)).toEqual({ events: 5, contents: 4, problems: [] });
  expect(statSync(place("other/state.db")).mode & 0o777).toBe(0o600);
});

test.each(["-wal", "-journal"])("nothing is restored beside a log of another database (%s)", async (log) => {
  await makeKilled("killed", 3);
  await makeState(1);
  await backupState(place("state"), place("copy"), options);
  await rm(place("killed/state.db"));
  await rename(place("killed/state.db-wal"), place(`killed/state.db${log}`));
  await expect(restoreState(place("copy"), place("killed"), options)).rejects.toThrow(
    `holds a state already (state.db${log}): move all of its state.db* away`,
  );
  for (const name of await readdir(place("killed")))
    if (name.startsWith("state.db")) await rm(place(`killed/${name}`));
  await restoreState(place("copy"), place("killed"), options);
  expect(await checkState(place("killed"), options)).toEqual({ events: 2, contents: 1, problems: [] });
});

test("a check names what is damaged, and ends with another status", async () => {
  await makeState(3);
  const sandbox = await makeSandbox();
  await using _ = sandbox;
  const check = (...words: string[]) => sandbox.run(["--state", place("state"), "state", "check", ...words]);
  expect(await check("--contents")).toMatchObject({ code: 0, stdout: expect.stringMatching(/problems +0/) });
  const sha256 = createHash("sha256").update("log 0").digest("hex");
  await writeFile(blobPath(place("state/blobs"), sha256), "no gzip");
  expect((await check()).code).toBe(0);
  const damaged = await check("--contents", "--json");
  expect(damaged.code).toBe(1);
  expect(JSON.parse(damaged.stdout).problems).toEqual([`content ${sha256} is damaged`]);
  await truncate(place("state/state.db"), 9000);
  expect((await check()).stdout).toMatch(/state\.db: .*(malformed|not a database|disk image)/);
});

test.each(["events", "bundles"])(
  "a damaged page of %s is told where it is met, and a copy puts it right",
  async (table) => {
    await makeState(100);
    await backupState(place("state"), place("copy"), options);
    const path = place("state/state.db");
    const db = new Database(path, { readonly: true });
    const page = db.prepare("select rootpage from sqlite_schema where name = ?").pluck().get(table) as number;
    const bytes = db.pragma("page_size", { simple: true }) as number;
    db.close();
    await using file = await open(path, "r+");
    await file.write(Buffer.alloc(bytes, 0xff), 0, bytes, (page - 1) * bytes);
    const reading = () => {
      const store = openStore({ dir: place("state"), now: Date.now });
      try {
        return store.bundle("bundle-7");
      } finally {
        store.close();
      }
    };
    const told = {
      kind: "badState",
      message: expect.stringMatching(/state\.db is damaged .*: put back a copy/),
    };
    expect(reading).toThrow(expect.objectContaining(told));
    await expect(backupState(place("state"), place("again"), options)).rejects.toThrow(
      /is not whole: .*state check/,
    );
    await restoreState(place("copy"), place("other"), options);
    const restored = openStore({ dir: place("other"), now: Date.now });
    expect(restored.bundle("bundle-7")?.artifacts).toHaveLength(1);
    restored.close();
  },
);

test("how much of one damage is not told one by one is told", async () => {
  await makeState(23);
  const db = new Database(place("state/state.db"));
  db.pragma("foreign_keys = OFF");
  db.exec("delete from runs");
  db.close();
  const { problems } = await checkState(place("state"), options);
  expect(problems.filter((text) => text.includes("names none of runs"))).toHaveLength(20);
  expect(problems).toContain("state.db: 3 more rows name what is not there");
});

test("a projection that is behind its events, or says otherwise, is named", async () => {
  const store = openStore({ dir: place("state"), now: Date.now });
  store.append(sampleStory());
  await tellStory(store, "over", ["triaged", "closed"]);
  await store.prune(everything(Date.now() + 1000), inSilence);
  store.close();
  const problems = async () => (await checkState(place("state"), options)).problems;
  expect(await problems()).toEqual([]);
  const damage = (sql: string) => {
    const db = new Database(place("state/state.db"));
    db.pragma("foreign_keys = OFF");
    db.exec(sql);
    db.close();
  };
  damage("update cases set state = 'waiting' where id = 'case-1'");
  expect(await problems()).toEqual(["state.db: 1 rows of cases say otherwise than their events"]);
  damage("update cases set state = 'open', flavor = 'x' where id = 'case-1'");
  expect(await problems()).toEqual(["state.db: 1 rows of cases say otherwise than their events"]);
  damage("update cases set flavor = '' where id = 'case-1'; delete from turns");
  expect(await problems()).toEqual([
    "state.db: 1 events turn/recorded are newer than what lists tell of them",
  ]);
  damage(
    "update proofs set seq = (select max(seq) from events where type = 'job/changed') where id = 'proof-1'",
  );
  expect(await problems()).toContain("state.db: 1 rows of proofs say otherwise than their events");
});
