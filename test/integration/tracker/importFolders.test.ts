import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { redactor } from "../../../server/src/evidence/emails.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { importEvidence } from "../../../server/src/tracker/import.ts";
import { createBuilder } from "../../fixtures/dsynth/builder.ts";
import { failingLog } from "./spool.ts";

let dir: string;
let store: Store;
let ids: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-folders-"));
  store = openStore({ dir: join(dir, "state"), now: () => 1_800_000_000_000 });
  ids = 0;
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true });
});

const take = (path: string, emails = false) =>
  importEvidence(
    { store, now: () => 1_800_000_000_000, newId: () => `n${++ids}`, redact: redactor({ emails }) },
    path,
    "imported",
    () => {},
  );
const results = (run: string) =>
  store
    .results(run)
    .map(({ origin, flavor, kind, phase }) =>
      [flavor ? `${origin}@${flavor}` : origin, kind, phase].join(" ").trim(),
    );

test("a whole Directory_logs gives the run as dsynth listed it, and older logs as an earlier one", async () => {
  const builder = await createBuilder({ hooks: "none" });
  try {
    const all = [
      "devel/goodlib",
      "devel/badlib",
      "devel/flv",
      "www/needneed",
      "net/needignored",
      "textproc/goodapp",
    ];
    await builder.run(["-S", "-y", "-s", "0", "just-build", ...all]);
    await writeFile(join(builder.logs, "www___needbad.log"), failingLog("stale"));
    await writeFile(join(builder.logs, "lang___old.log"), failingLog("old"));
    const { bundles } = await take(builder.logs);
    expect(bundles.map(({ log }) => log).sort()).toEqual([
      ...["devel___badlib.log", "devel___flv@py311.log", "lang___old.log", "www___needbad.log"],
    ]);
    expect(results("import-n1")).toEqual([
      ...["devel/badlib failed build", "devel/flv@py311 failed configure", "devel/flv@py39 built"],
      ...["devel/goodlib built", "net/needignored skipped", "ports-mgmt/pkg built"],
      ...[
        "sysutils/ignoreme ignored",
        "textproc/goodapp built",
        "www/needbad skipped",
        "www/needneed skipped",
      ],
    ]);
    expect(results("import-n1-earlier").map((line) => line.split(" ", 2).join(" "))).toEqual([
      "lang/old failed",
      "www/needbad failed",
    ]);
    expect(store.result("import-n1", "www/needneed", "")?.reason).toBe("www/needbad->devel/badlib");
    expect(store.result("import-n1", "devel/goodlib", "")?.seconds).toBeGreaterThanOrEqual(0);
    expect(store.run("import-n1")).toMatchObject({
      state: "finished",
      counts: { built: 4, failed: 2, skipped: 3 },
    });
    expect(store.caseOf("imported", "devel/flv", "py311")).toMatchObject({ phase: "configure" });
  } finally {
    await builder.remove();
  }
});

describe("a poudriere build's folder", () => {
  const data = {
    buildname: "B1",
    ports: {
      built: [{ origin: "devel/good", pkgname: "good-1", elapsed: "12" }],
      failed: [
        {
          origin: "devel/bad",
          flavor: "py311",
          pkgname: "py311-bad-1",
          phase: "build",
          errortype: "???",
          elapsed: "61",
        },
        { origin: "devel/lost", pkgname: "lost-1", phase: "fetch", elapsed: "1" },
      ],
      ignored: [{ origin: "www/ignored", pkgname: "ignored-1", reason: "is marked as broken" }],
      skipped: [{ origin: "www/skipped", pkgname: "skipped-1", depends: "py311-bad-1" }],
    },
  };
  const expected = [
    ...["devel/bad@py311 failed build", "devel/good built", "devel/lost failed fetch"],
    ...["www/ignored ignored", "www/skipped skipped"],
  ];
  const bulk = () => join(dir, "bulk");
  beforeEach(async () => {
    await mkdir(join(bulk(), "logs", "errors"), { recursive: true });
    await writeFile(join(bulk(), "logs", "py311-bad-1.log"), failingLog("foo"));
    await writeFile(join(bulk(), "logs", "good-1.log"), "build of devel/good | good-1 ended\n");
    await symlink("../py311-bad-1.log", join(bulk(), "logs", "errors", "py311-bad-1.log"));
  });
  const check = () => {
    expect(results("import-n1")).toEqual(expected);
    expect(store.run("import-n1")?.counts).toEqual({ built: 1, failed: 2, skipped: 1, ignored: 1 });
    expect(store.caseOf("imported", "devel/bad", "py311")).toMatchObject({ classification: "compile-error" });
    const lost = store.caseOf("imported", "devel/lost", "");
    expect(store.bundle(lost?.bundleId ?? "")?.problems).toEqual(["The builder left no log of it."]);
    expect(store.result("import-n1", "www/skipped", "")?.reason).toBe("py311-bad-1");
  };

  test("by its .data.json", async () => {
    await writeFile(join(bulk(), ".data.json"), JSON.stringify(data));
    expect((await take(bulk())).bundles.map(({ log }) => log)).toEqual(["py311-bad-1.log"]);
    check();
    expect(store.result("import-n1", "devel/bad", "py311")?.seconds).toBeUndefined();
  });

  test("by its lists, through the link to the latest build, with a .data.json that is half written", async () => {
    await writeFile(join(bulk(), ".data.json"), JSON.stringify(data).slice(0, 200));
    const list = (kind: string, text: string) => writeFile(join(bulk(), `.poudriere.ports.${kind}`), text);
    await list("built", "devel/good good-1 12\n");
    await list("failed", "devel/bad@py311 py311-bad-1 build ??? 61\ndevel/lost lost-1 fetch fetch 1\n");
    await list("ignored", "www/ignored ignored-1 is marked as broken\n");
    await list("skipped", "www/skipped skipped-1 py311-bad-1\n");
    await symlink(bulk(), join(dir, "latest"));
    await take(join(dir, "latest"));
    check();
    expect(store.result("import-n1", "www/ignored", "")?.reason).toBe("is marked as broken");
    expect(store.result("import-n1", "devel/good", "")?.seconds).toBe(12);
  });

  test("a package's name leads to no file outside", async () => {
    await copyFile(join(bulk(), "logs", "py311-bad-1.log"), join(dir, "outside.log"));
    const odd = { ...data.ports, failed: [{ origin: "x/y", pkgname: "../../outside", phase: "build" }] };
    await writeFile(join(bulk(), ".data.json"), JSON.stringify({ ports: odd }));
    expect((await take(bulk())).bundles).toEqual([]);
  });
});

test("keys go from every diagnosis, and addresses when the configuration says so", async () => {
  const log = failingLog("foo").replace(
    "1 error generated.",
    "main.c:14:1: error: token ghp_0123456789012345678901234567890123 of porter@ports.example.org for devel/one@py311",
  );
  await mkdir(join(dir, "logs"));
  await writeFile(join(dir, "logs", "devel___one.log"), log);
  await take(join(dir, "logs"));
  const told = (origin: string) => {
    const found = store.caseOf("imported", origin, "");
    return JSON.stringify([found, store.bundle(found?.bundleId ?? "")]);
  };
  expect(told("devel/one")).not.toContain("ghp_");
  expect(told("devel/one")).toContain("porter@ports.example.org");
  await writeFile(join(dir, "logs", "devel___two.log"), log.replace("foo", "bar"));
  await take(join(dir, "logs", "devel___two.log"), true);
  expect(told("devel/two")).not.toContain("porter@");
  expect(told("devel/two")).toContain("[e-mail] for devel/one@py311");
});
