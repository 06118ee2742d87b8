import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { importEvidence } from "../../../server/src/tracker/import.ts";
import { failingLog, Spool } from "./spool.ts";

let dir: string;
let store: Store;
let ids: number;
let told: string[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-import-"));
  await mkdir(join(dir, "logs"));
  store = openStore({ dir: join(dir, "state"), now: () => 1_800_000_000_000 });
  ids = 0;
  told = [];
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true });
});

const take = (path: string) =>
  importEvidence(
    { store, now: () => 1_800_000_000_000, newId: () => `n${++ids}` },
    join(dir, path),
    "imported",
    (text) => told.push(text),
  );
const write = (name: string, content: string | Buffer) => writeFile(join(dir, "logs", name), content);

async function writeLogs(): Promise<void> {
  await write("devel___one.log", failingLog("foo"));
  await write("devel___two@py311.log.gz", gzipSync(failingLog("bar")));
  await write("notes.txt", "nothing to see\n");
  await write("00_last_results.log", "[000] SUCCESS\n");
}

test("each log becomes a result, a bundle and a case of one finished run", async () => {
  await writeLogs();
  const { bundles, score } = await take("logs");
  expect(score).toBeNull();
  expect(bundles.map(({ log, origin, classification }) => `${log} ${origin} ${classification}`)).toEqual([
    "devel___one.log devel/one compile-error",
    "devel___two@py311.log.gz devel/two compile-error",
    "notes.txt imported/notes unknown",
  ]);
  expect(told).toHaveLength(3);
  expect(told[0]).toBe("1/3 devel___one.log: compile-error");
  const [run] = store.runs({}, { limit: 9 }).items;
  expect(run).toMatchObject({ target: "imported", state: "finished", counts: { failed: 3 } });
  expect(store.cases({}, { limit: 9 }).total).toBe(3);
  const found = store.caseOf("imported", "devel/two", "py311");
  const log = store.bundle(found?.bundleId ?? "")?.artifacts.find(({ name }) => name === "logs/full.log");
  expect((await store.blobs.read(log?.sha256 ?? "")).data.toString()).toBe(failingLog("bar"));
});

test("imported again, failures join the cases that are there", async () => {
  await writeLogs();
  await take("logs");
  await take("logs");
  expect(store.cases({}, { limit: 9 }).items.map(({ bundles }) => bundles)).toEqual([2, 2, 2]);
  expect(store.runs({}, { limit: 9 }).items).toHaveLength(2);
});

test("one log alone, and a bundle of the hooks", async () => {
  await writeLogs();
  expect((await take("logs/devel___one.log")).bundles).toHaveLength(1);
  const ref = new Spool(join(dir, "evidence")).bundle("R1", "lang/three");
  expect((await take(`evidence/bundles/${ref}`)).bundles).toMatchObject([
    { origin: "lang/three", phase: "build" },
  ]);
  const bundle = store.bundle(store.caseOf("imported", "lang/three", "")?.bundleId ?? "");
  expect(bundle?.artifacts.map(({ name }) => name)).toEqual([
    ...["meta.txt", "logs/errors.txt", "logs/full.log", "port/Makefile"],
  ]);
});

test("with labels beside the logs the score is told; labels of logs that are not there do not count", async () => {
  await writeLogs();
  const label = (file: string, classification: string, cause: string) =>
    JSON.stringify({
      id: file,
      file,
      classification,
      acceptable: [],
      root_cause_substrings: [cause],
      excerpt: false,
    });
  await write(
    "labels.jsonl",
    [
      label("devel___one.log", "compile-error", "use of undeclared identifier 'foo'"),
      label("devel___two@py311.log.gz", "link-error", "no such text"),
      label("absent.log", "patch-error", ""),
    ].join("\n"),
  );
  const { score } = await take("logs");
  expect(score).toEqual({
    ...{ logs: 3, labelled: 2, classRight: 1, found: { of: 2, in8k: 1, in2k: 1, in1k: 1 } },
    byClass: [
      { classification: "compile-error", logs: 1, right: 1 },
      { classification: "link-error", logs: 1, right: 0 },
    ],
    misses: [{ log: "devel___two@py311.log.gz", expected: "link-error", got: "compile-error", found: false }],
  });
});

test("what cannot be imported is refused before anything is written", async () => {
  await expect(take("absent")).rejects.toMatchObject({ kind: "notFound" });
  await writeLogs();
  await write("labels.jsonl", "{}\nno json\n");
  await expect(take("logs")).rejects.toMatchObject({
    kind: "badParams",
    message: expect.stringMatching(/line 2/),
  });
  expect(store.lastSeq()).toBe(0);
});
