import { appendFileSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import type { Intake } from "../../../server/src/tracker/intake.ts";
import { checkJournals } from "../../../server/src/tracker/journalCheck.ts";
import { failingLog, Spool } from "./spool.ts";

let dir: string;
let store: Store;
let spool: Spool;
let intake: Intake;
let errors: unknown[];

const open = () => openStore({ dir: join(dir, "state"), now: () => Date.now() });

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-intake-"));
  store = open();
  spool = new Spool(join(dir, "evidence"));
  errors = [];
  intake = spool.intake(store, (error) => errors.push(error), 50);
});
afterEach(async () => {
  await intake.stop();
  store.close();
  expect(errors).toEqual([]);
  await rm(dir, { recursive: true });
});

const start = { ev: "run_start", run: "R1", profile: "main", target: "@main", t: "1700000000" };
const success = (origin: string, run = "R1") => ({
  ev: "success",
  run,
  profile: "main",
  origin,
  flavor: "",
  pkgname: "p-1.pkg",
});
const failure = (origin: string, bundle: string, run = "R1") => ({
  ...{
    ev: "failure",
    run,
    profile: "main",
    origin,
    flavor: "",
    pkgname: "p-1.pkg",
    phase: "build",
    t: "1700000060",
  },
  ...(bundle === "" ? {} : { bundle }),
});
const onlyCase = () => store.cases({}, { limit: 2 }).items[0];

describe("a failure", () => {
  test("becomes a bundle with its files, a diagnosis and a case", async () => {
    for (const fields of [start, failure("devel/one", spool.bundle("R1", "devel/one"))]) spool.write(fields);
    expect(await intake.poll()).toBe(2);
    expect(onlyCase()).toMatchObject({
      origin: "devel/one",
      target: "@main",
      classification: "compile-error",
      phase: "build",
    });
    const bundle = store.bundle(onlyCase()?.bundleId ?? "");
    expect(bundle?.problems).toEqual([]);
    expect(bundle?.artifacts.map(({ name }) => name).sort()).toEqual([
      ...["logs/errors.txt", "logs/full.log", "meta.txt", "port/Makefile"],
    ]);
    const log = bundle?.artifacts.find(({ name }) => name === "logs/full.log");
    expect((await store.blobs.read(log?.sha256 ?? "")).data.toString()).toBe(failingLog("foo"));
    expect(await intake.poll()).toBe(0);
    expect(intake.status()).toMatchObject({ damaged: 0, offset: intake.status().bytes });
  });

  const remove = (path: string) => rmSync(join(dir, "evidence/bundles", path), { recursive: true });
  const damages: Record<string, (ref: string) => string | undefined> = {
    "no bundle": () => "",
    "bundle gone": (ref) => void remove(ref),
    "bundle a file": (ref) => {
      remove(ref);
      writeFileSync(join(dir, "evidence/bundles", ref), "");
      return ref;
    },
    "bundle elsewhere": () => "../../../etc",
    "no log": (ref) => void remove(`${ref}/logs`),
    "empty log": (ref) =>
      void writeFileSync(join(dir, "evidence/bundles", ref, "logs/full.log.gz"), gzipSync("")),
  };

  test.each([
    ["no bundle", /could not write a bundle/],
    ["bundle gone", /does not exist/],
    ["bundle a file", /not a folder/],
    ["bundle elsewhere", /no possible bundle/],
    ["no log", /no log/],
    ["empty log", /^$/],
  ])("with %s opens a case that says so", async (damage, problem) => {
    const whole = spool.bundle("R1", "devel/one");
    const ref = damages[damage]?.(whole) ?? whole;
    for (const fields of [start, failure("devel/one", ref)]) spool.write(fields);
    await intake.poll();
    expect(onlyCase()).toMatchObject({
      state: "open",
      classification: "unknown",
      confidence: "low",
      bundles: 1,
    });
    expect(store.bundle(onlyCase()?.bundleId ?? "")?.problems.join("\n")).toMatch(problem);
    expect(store.result("R1", "devel/one", "")?.kind).toBe("failed");
  });

  test("of a slot that could not be set up is the machine's, though its log is empty", async () => {
    const meta = "schema=1\nrun=R1\nprofile=main\norigin=devel/one\nflavor=\nphase=install-pkgs\n";
    const files = { "meta.txt": meta, "logs/full.log.gz": gzipSync("") };
    const ref = spool.bundle("R1", "devel/one", files);
    for (const fields of [start, failure("devel/one", ref)]) spool.write(fields);
    await intake.poll();
    expect(onlyCase()).toMatchObject({ state: "open", classification: "infrastructure" });
  });

  test("whose log is cut keeps what can be read and tells of the rest", async () => {
    const cut = gzipSync(Array.from({ length: 5000 }, (_, n) => failingLog(`name${n}`)).join("")).subarray(
      0,
      -3000,
    );
    for (const fields of [
      start,
      failure("devel/one", spool.bundle("R1", "devel/one", { "logs/full.log.gz": cut })),
    ])
      spool.write(fields);
    await intake.poll();
    expect(onlyCase()).toMatchObject({ classification: "compile-error" });
    const bundle = store.bundle(onlyCase()?.bundleId ?? "");
    expect(bundle?.artifacts.map(({ name }) => name)).toContain("logs/errors.txt");
    expect(bundle?.problems.join("\n")).toMatch(/full\.log was not kept/);
  });

  test("no file outside the bundle is taken through a link in it", async () => {
    const ref = spool.bundle("R1", "devel/one");
    symlinkSync("/etc", join(dir, "evidence/bundles", ref, "port/files"));
    symlinkSync("/etc/passwd", join(dir, "evidence/bundles", ref, "port/distinfo"));
    for (const fields of [start, failure("devel/one", ref)]) spool.write(fields);
    await intake.poll();
    const bundle = store.bundle(onlyCase()?.bundleId ?? "");
    expect(bundle?.artifacts.filter(({ name }) => name.startsWith("port/")).map(({ name }) => name)).toEqual([
      "port/Makefile",
    ]);
    expect(bundle?.problems).toHaveLength(2);
  });

  test.each([
    ["ends", { ev: "run_end", run: "R1", profile: "main", failed: "2" }],
    ["was interrupted", { ...start, run: "R2", interrupted: "R1" }],
  ])("that no record told of is found by its bundle once its run %s", async (_, over) => {
    spool.bundle("R1", "devel/lost");
    for (const fields of [start, failure("devel/one", spool.bundle("R1", "devel/one"))]) spool.write(fields);
    await intake.poll();
    expect(store.cases({}, { limit: 9 }).total).toBe(1);
    spool.write(over);
    await intake.poll();
    expect(store.cases({}, { limit: 9 }).items.map(({ origin }) => origin)).toEqual([
      "devel/one",
      "devel/lost",
    ]);
    spool.write(failure("devel/lost", "R1/devel___lost.1"));
    await intake.poll();
    expect(store.bundlesOf("@main", "devel/lost", "")).toHaveLength(1);
  });
});

describe("watching", () => {
  test("takes what was there and what comes, also into a folder that did not exist", async () => {
    rmSync(join(dir, "evidence"), { recursive: true });
    intake.start();
    expect(intake.status()).toEqual({ offset: 0, bytes: 0, damaged: 0 });
    mkdirSync(join(dir, "evidence", "journal"), { recursive: true });
    spool.write(start);
    await vi.waitUntil(() => store.run("R1") !== null, { timeout: 30_000 });
    spool.write(success("devel/a"));
    await vi.waitUntil(() => store.results("R1").length === 1, { timeout: 30_000 });
    await intake.stop();
    spool.write(success("devel/b"));
    await intake.stop();
    expect(store.results("R1")).toHaveLength(1);
  });

  test("a run's trees, told after its start, are its own", async () => {
    spool.write({ ...start, queued: "12" });
    spool.write({
      ev: "trees",
      run: "R1",
      profile: "main",
      ports_commit: "c".repeat(40),
      ports_branch: "main",
    });
    spool.write(success("devel/a"));
    expect(await intake.poll()).toBe(3);
    expect(store.run("R1")).toMatchObject({
      ...{ queued: 12, counts: { built: 1 } },
      trees: { ports: { commit: "c".repeat(40), branch: "main" } },
    });
  });

  test("a state is held against the journal that it was fed from", async () => {
    const problems = () =>
      checkJournals(join(dir, "state"), { signal: new AbortController().signal, onProgress: () => {} });
    expect(await problems()).toEqual([]);
    spool.write(start);
    for (let n = 0; n < 2500; n++) spool.write(success(`devel/p${n}`));
    await intake.poll();
    spool.write(success("devel/not-taken-yet"));
    expect(await problems()).toEqual([]);
    const db = new Database(join(dir, "state", "state.db"));
    db.exec("delete from results where origin in ('devel/p7', 'devel/p2400')");
    db.close();
    expect(await problems()).toEqual([`${spool.journal}: 2 results of it are not in the state`]);
    truncateSync(spool.journal, 5000);
    expect(await problems()).toEqual([expect.stringMatching(/it has 5000; it was cut$/)]);
    for (let n = 0; n < 2600; n++) spool.write(success(`devel/p${n}`));
    expect(await problems()).toEqual([expect.stringMatching(/; it was cut and has grown again$/)]);
  });

  test("a journal put in place of the old one is read from its start; known results stay one", async () => {
    for (const fields of [start, success("devel/a")]) spool.write(fields);
    await intake.poll();
    rmSync(spool.journal);
    for (const fields of [success("devel/b"), start, success("devel/a")]) spool.write(fields);
    await intake.poll();
    expect(store.results("R1").map(({ origin }) => origin)).toEqual(["devel/a", "devel/b"]);
    expect(store.run("R1")?.counts.built).toBe(2);
    expect(intake.status().restarts).toBe(1);
    truncateSync(spool.journal, 0);
    for (const name of "cdef") spool.write(success(`devel/${name}`));
    await intake.poll();
    expect(store.results("R1")).toHaveLength(6);
    expect(intake.status().restarts).toBe(2);
  });

  test("trouble is told and the same records are taken once it is over", async () => {
    rmSync(join(dir, "state", "blobs"), { recursive: true, force: true });
    writeFileSync(join(dir, "state", "blobs"), "in the way");
    for (const fields of [start, failure("devel/one", spool.bundle("R1", "devel/one"))]) spool.write(fields);
    intake.start();
    await vi.waitUntil(() => errors.length >= 2, { timeout: 30_000 });
    expect(store.lastSeq()).toBe(0);
    rmSync(join(dir, "state", "blobs"));
    await vi.waitUntil(() => onlyCase() !== undefined, { timeout: 30_000 });
    expect(onlyCase()?.bundles).toBe(1);
    errors.length = 0;
  });
});

test("many failures at once are taken in bounded batches", async () => {
  spool.write(start);
  for (let n = 0; n < 30; n++) {
    spool.write(success(`devel/ok${n}`));
    spool.write(failure(`devel/bad${n}`, spool.bundle("R1", `devel/bad${n}`)));
  }
  const failuresOfBatch: number[] = [];
  store.onAppend((events) =>
    failuresOfBatch.push(events.filter(({ type }) => type === "bundle/added").length),
  );
  expect(await intake.poll()).toBe(61);
  expect(Math.max(...failuresOfBatch)).toBe(16);
  expect(store.run("R1")?.counts).toMatchObject({ built: 30, failed: 30 });
});

test("however writes are torn and mixed with reads, each record counts once", async () => {
  const origins = fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { maxLength: 25 });
  const damage = fc.constantFrom(
    "",
    "",
    "",
    "garbage\n",
    "PW1\tev=success\trun=R1\tori",
    "\n",
    "PW1\tev=x\trun=R1\t.\n",
  );
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      origins,
      fc.array(damage),
      fc.array(fc.nat(200), { maxLength: 40 }),
      async (numbers, noise, cuts) => {
        const run = `R${++round}-prop`;
        const lines = numbers.map(
          (n, index) => `${noise[index] ?? ""}${Spool.line(success(`devel/p${n}`, run))}`,
        );
        const text = Buffer.from(lines.join(""));
        let place = 0;
        for (const cut of [...cuts, text.length]) {
          appendFileSync(spool.journal, text.subarray(place, Math.min(text.length, place + cut)));
          place = Math.min(text.length, place + cut);
          if (cut % 3 === 0) await intake.poll();
          if (cut % 41 === 1) {
            await intake.stop();
            store.close();
            store = open();
            intake = spool.intake(store, (error) => errors.push(error));
          }
        }
        await intake.poll();
        const results = store.results(run).map(({ origin }) => origin);
        expect(results.sort()).toEqual(numbers.map((n) => `devel/p${n}`).sort());
        const recorded = store
          .events(0, 100_000, ["result/recorded"])
          .filter((event) => JSON.stringify(event).includes(`"${run}"`));
        expect(recorded).toHaveLength(numbers.length);
        expect(store.run(run)?.counts.built ?? 0).toBe(numbers.length);
      },
    ),
    { numRuns: 40 },
  );
});
