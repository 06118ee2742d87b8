import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CaseState, Diagnosis } from "../../../server/src/protocol/index.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { applyRecord, type Evidence } from "../../../server/src/tracker/apply.ts";
import { undiagnosed } from "../../../server/src/tracker/cases.ts";
import type { RecordFields } from "../../../server/src/tracker/records.ts";
import { PendingView } from "../../../server/src/tracker/view.ts";
import { sampleBundle } from "../../fixtures/states/entities.ts";

const clock = 1_800_000_000_000;
let dir: string;
let store: Store;
let ids: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-apply-"));
  store = openStore({ dir, now: () => clock });
  ids = 0;
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true });
});

/** Applies records as one batch; the types of the events they made. */
function feed(...steps: (RecordFields | [RecordFields, Evidence])[]): string[] {
  const context = {
    ...{ now: () => clock, newId: () => `case-${++ids}`, targets: { mapped: "@2026Q3" } },
    buildTypes: { main: "release" },
  };
  return store.transact(() => {
    const view = new PendingView(store);
    for (const step of steps) {
      const [fields, evidence] = Array.isArray(step) ? step : [step as RecordFields, null];
      view.add(applyRecord(view, fields, evidence, context));
    }
    const events = view.pending();
    return { events, value: events.map(({ type }) => type) };
  });
}

const start = (run = "r1", more: RecordFields = {}) => ({
  ev: "run_start",
  run,
  profile: "main",
  t: "1700000000",
  ...more,
});
const end = (run = "r1", more: RecordFields = {}) => ({
  ev: "run_end",
  run,
  profile: "main",
  t: "1700000900",
  ...more,
});
const port = (ev: string, origin = "devel/one", more: RecordFields = {}) => ({
  ...{ ev, run: "r1", profile: "main", origin, flavor: "", pkgname: "one-1.pkg", t: "1700000100", ...more },
});

function evidence(id: string, diagnosis: Partial<Diagnosis> = {}): Evidence {
  return {
    id,
    diagnosis: { ...sampleBundle().diagnosis, ...diagnosis },
    artifacts: [],
    problems: [],
    target: "",
  };
}
const signed = (id: string, signature: string) =>
  evidence(id, { signature: { version: 1, id: signature, key: "" } });
const failure = (id: string, signature = "aaaa", more: RecordFields = {}): [RecordFields, Evidence] => [
  port("failure", "devel/one", { phase: "build", ...more }),
  signed(id, signature),
];

const theCase = () => store.caseOf("main", "devel/one", "");
function setCase(state: CaseState): void {
  const found = theCase();
  if (found === null) throw new Error("no case yet");
  store.append([
    { type: "case/changed", payload: { ...found, state, diffSha256: "a".repeat(64), handOver: "words" } },
  ]);
}

describe("runs", () => {
  test("a whole run, its counts the builder's own", () => {
    const types = feed(
      start(),
      port("success", "devel/a"),
      port("ignored", "devel/b"),
      end("r1", { built: "7", failed: "1" }),
    );
    expect(types).toEqual([
      "target/seen",
      "run/changed",
      ...Array(2).fill("result/recorded"),
      "run/changed",
      "run/changed",
    ]);
    expect(store.run("r1")).toEqual({
      ...{ id: "r1", target: "main", profile: "main", state: "finished" },
      ...{ startedAt: 1_700_000_000_000, endedAt: 1_700_000_900_000 },
      ...{ counts: { built: 7, failed: 1, skipped: 0, ignored: 1 }, buildType: "release" },
    });
    expect(store.results("r1").map(({ origin, kind }) => [origin, kind])).toEqual([
      ["devel/a", "built"],
      ["devel/b", "ignored"],
    ]);
  });

  test("what it was built for and from is told with it, to its end", () => {
    const trees = {
      ev: "trees",
      run: "r1",
      profile: "main",
      ports_commit: "c".repeat(40),
      ports_branch: "b",
    };
    feed({ ev: "trees", run: "unknown", profile: "main", ports_commit: "x" });
    feed(start("r1", { queued: "31" }), trees, { ...trees, ports_commit: "d" }, end());
    expect(store.run("unknown")).toBeNull();
    expect(store.run("r1")).toMatchObject({
      ...{ state: "finished", queued: 31, buildType: "release" },
      trees: { ports: { commit: "c".repeat(40), branch: "b" } },
    });
    feed(start("r2", { profile: "other", queued: "many" }), { ...trees, run: "r2", ports_commit: "" });
    for (const name of ["queued", "buildType", "trees"]) expect(store.run("r2")).not.toHaveProperty(name);
  });

  test("while it runs, counts grow; many results in one batch change the run once", () => {
    feed(start());
    const types = feed(
      ...["a", "b", "c", "d"].map((name) => port("success", `devel/${name}`)),
      port("skipped", "devel/e"),
    );
    expect(types.filter((type) => type === "run/changed")).toHaveLength(2);
    expect(store.run("r1")?.counts).toEqual({ built: 4, failed: 0, skipped: 1, ignored: 0 });
  });

  test.each([
    ["of the same target and profile", start("r2"), "aborted"],
    [
      "that the builder says was interrupted",
      start("r2", { profile: "other", interrupted: "r1" }),
      "aborted",
    ],
    ["of another profile", start("r2", { profile: "other" }), "active"],
  ])("a start closes an active run %s", (_, second, state) => {
    feed(start(), second);
    expect([store.run("r1")?.state, store.run("r2")?.state]).toEqual([state, "active"]);
  });

  test("a start or end told twice changes nothing", () => {
    feed(start(), end());
    expect(feed(start(), end())).toEqual([]);
  });

  test("results of a run that never announced itself open it", () => {
    feed(port("success", "devel/a", { run: "r9-adhoc" }), end("r8"));
    expect(store.run("r9-adhoc")).toMatchObject({ state: "active", target: "main", counts: { built: 1 } });
    expect(store.run("r8")).toMatchObject({ state: "finished" });
  });

  test("a late result of a run that is over counts, and leaves the run as it is", () => {
    feed(start(), end("r1", { built: "2" }), port("success"));
    expect(store.run("r1")).toMatchObject({ state: "finished", counts: { built: 2 } });
    expect(store.results("r1")).toHaveLength(1);
    feed(start("r2"), start("r3"), port("success", "devel/x", { run: "r2" }));
    expect(store.run("r2")).toMatchObject({ state: "aborted", counts: { built: 1 } });
  });

  test.each([
    ["configured for the profile", { profile: "mapped", target: "@hooks" }, "@2026Q3"],
    ["that the hooks name", { profile: "p", target: "@hooks" }, "@hooks"],
    ["named as the profile", { profile: "p" }, "p"],
    ["of a profile without name", { profile: "" }, "default"],
  ])("the target is the one %s", (_, fields, target) => {
    feed(start("r1", fields), port("success"));
    expect(store.run("r1")?.target).toBe(target);
    expect(store.result("r1", "devel/one", "")?.target).toBe(target);
    expect(store.targets().map(({ name }) => name)).toEqual([target]);
  });

  test("a time that no clock can have is taken for now", () => {
    feed(start("r1", { t: "999999999999" }), start("r2", { t: "soon", profile: "b" }));
    expect([store.run("r1")?.startedAt, store.run("r2")?.startedAt]).toEqual([clock, clock]);
  });

  test.each<RecordFields>([{ ev: "started", run: "r1" }, { ev: "party" }, {}, port("success", "")])(
    "means nothing: %j",
    (fields) => {
      expect(feed(fields)).toEqual([]);
    },
  );
});

describe("results", () => {
  test("one a run, origin and flavor: told twice it counts once, told otherwise the later holds", () => {
    feed(start(), port("success"), port("success"), port("success", "devel/one", { flavor: "py311" }));
    expect(store.run("r1")?.counts.built).toBe(2);
    feed(failure("b1"));
    expect(store.run("r1")?.counts).toEqual({ built: 1, failed: 1, skipped: 0, ignored: 0 });
    expect(store.result("r1", "devel/one", "")).toMatchObject({
      kind: "failed",
      phase: "build",
      bundleId: "b1",
    });
    expect(feed(failure("b1"), failure("b1"))).toEqual([]);
  });

  test("a port of which only distfiles were fetched is said so", () => {
    feed(start(), port("success", "devel/one", { made: "nothing" }));
    expect(store.result("r1", "devel/one", "")?.reason).toMatch(/fetched/);
  });
});

describe("cases", () => {
  test("a failure opens one with the diagnosis of its bundle", () => {
    feed(start(), failure("b1"));
    expect(theCase()).toEqual({
      ...{ id: "case-1", target: "main", origin: "devel/one", flavor: "", state: "open" },
      ...{ classification: "compile-error", confidence: "high", phase: "build", cause: "a compiler error" },
      ...{ signature: "aaaa", bundleId: "b1", bundles: 1, decision: null, attempts: 0, builds: 0, tokens: 0 },
      ...{
        diffSha256: null,
        proofId: null,
        handOver: null,
        openedAt: 1_700_000_100_000,
        updatedAt: 1_700_000_100_000,
        pkgname: "one-1.pkg",
      },
    });
    expect(store.bundle("b1")).toMatchObject({ runId: "r1", target: "main", pkgname: "one-1.pkg" });
  });

  test("one for each target and flavor", () => {
    feed(
      start(),
      failure("b1"),
      failure("b2", "aaaa", { flavor: "py311" }),
      failure("b3", "aaaa", { run: "r2", profile: "q" }),
    );
    expect(store.cases({}, { limit: 9 }).total).toBe(3);
  });

  test.each<[CaseState, string, CaseState]>([
    ["triaged", "aaaa", "triaged"],
    ["patching", "aaaa", "patching"],
    ["waiting", "aaaa", "waiting"],
    ["accepted", "aaaa", "accepted"],
    ["rejected", "aaaa", "rejected"],
    ["escalated", "aaaa", "escalated"],
    ["closed", "aaaa", "open"],
    ["triaged", "bbbb", "open"],
    ["proving", "bbbb", "open"],
    ["waiting", "bbbb", "open"],
    ["accepted", "bbbb", "open"],
  ])("that is %s and fails with %s (known: aaaa) is %s", (before, signature, after) => {
    feed(start(), failure("b1"));
    setCase(before);
    feed(start("r2"), failure("b2", signature, { run: "r2" }));
    expect(theCase()).toMatchObject({ state: after, signature, bundles: 2, bundleId: "b2", id: "case-1" });
    expect(theCase()?.handOver).toBe(after === "open" ? null : "words");
    expect(store.bundlesOf("main", "devel/one", "")).toHaveLength(2);
  });

  test("knows how often it was opened, and the bundle before it was opened again", () => {
    const lineage = () => [theCase()?.iteration, theCase()?.previousBundleId];
    feed(start(), failure("b1"));
    feed(start("r2"), failure("b2", "aaaa", { run: "r2" }));
    expect(lineage()).toEqual([undefined, undefined]);
    feed(start("r3"), port("success", "devel/one", { run: "r3" }));
    feed(start("r4"), failure("b4", "aaaa", { run: "r4" }));
    expect(lineage()).toEqual([2, "b2"]);
    setCase("waiting");
    feed(start("r5"), failure("b5", "aaaa", { run: "r5" }));
    expect(lineage()).toEqual([2, "b2"]);
    feed(start("r6"), failure("b6", "bbbb", { run: "r6" }));
    expect(lineage()).toEqual([3, "b5"]);
  });

  test.each<CaseState>([
    "open",
    "triaged",
    "patching",
    "proving",
    "waiting",
    "escalated",
    "accepted",
    "rejected",
  ])("that is %s closes when the port builds", (before) => {
    feed(start(), failure("b1"));
    setCase(before);
    feed(port("success", "devel/one", { run: "r2" }));
    expect(theCase()).toMatchObject({ state: "closed", diffSha256: "a".repeat(64) });
    expect(feed(port("success", "devel/one", { run: "r3" }))).not.toContain("case/changed");
  });

  test.each([
    ["another flavor built", { flavor: "py311" }],
    ["another target built", { run: "r2", profile: "other" }],
    ["only its distfiles were fetched", { run: "r2", made: "nothing" }],
  ])("stays open when %s", (_, more) => {
    feed(start(), failure("b1"), port("success", "devel/one", more));
    expect(theCase()?.state).toBe("open");
  });

  test("ignored and skipped ports have none", () => {
    expect(feed(start(), port("ignored"), port("skipped", "devel/two"))).not.toContain("case/changed");
  });

  test("without evidence a failure still opens one; later evidence speaks, and the lack of it takes nothing back", () => {
    const blind = (id: string, run: string): [RecordFields, Evidence] => [
      port("failure", "devel/one", { run }),
      { ...evidence(id, undiagnosed(null, "The hooks could not write a bundle.")), problems: ["x"] },
    ];
    feed(start(), blind("b1", "r1"));
    expect(theCase()).toMatchObject({
      state: "open",
      classification: "unknown",
      cause: "The hooks could not write a bundle.",
    });
    setCase("escalated");
    feed(failure("b2", "aaaa", { run: "r2" }));
    expect(theCase()).toMatchObject({ state: "open", classification: "compile-error", bundleId: "b2" });
    setCase("triaged");
    feed(blind("b3", "r3"));
    expect(theCase()).toMatchObject({ state: "triaged", signature: "aaaa", bundleId: "b2", bundles: 3 });
  });
});
