import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkState } from "../../../server/src/store/sqlite/check.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { sampleBundle, sampleCase, sampleRun } from "../../fixtures/states/entities.ts";
import { ageContents, asked, everything, inSilence, newestById, tellStory } from "./prunable.ts";

const day = 86_400_000;
let dir: string;
let store: Store;
let clock: number;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-prune-"));
  clock = 1000 * day;
  store = openStore({ dir, now: () => clock });
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true });
});

type Story = Awaited<ReturnType<typeof tellStory>>;
const contentsOf = ({ log, diff, spill, briefing, build }: Story) => ({ log, diff, spill, briefing, build });
const present = async (story: Story) => {
  const found = Object.entries(contentsOf(story)).map(
    async ([kind, sha256]) => [kind, await store.blobs.has(sha256)] as const,
  );
  return (await Promise.all(found)).flatMap(([kind, isThere]) => (isThere ? [kind] : []));
};
const all = ["log", "diff", "spill", "briefing", "build"];

test("what is over goes, what is newest stays, and of an open case nothing goes", async () => {
  const over = await tellStory(store, "over", ["triaged", "closed"]);
  const open = await tellStory(store, "open", ["triaged", "waiting"]);
  clock += 400 * day;
  const late = await tellStory(store, "late", ["triaged", "closed"]);
  ageContents(
    dir,
    [over, open, late].flatMap((story) => Object.values(contentsOf(story))),
  );
  const limits = { ...everything(clock - 100 * day), contents: Date.now() };
  const before = store.events(0, 1000);
  const shown = ({ caseId, origin, attemptId }: Story) => [
    ...[store.case(caseId), store.bundlesOf("@main", origin, ""), store.result("run-1", origin, "")],
    ...[store.attempt(attemptId), store.proofsOf(caseId), store.jobs({ caseId }, { limit: 9 })],
    ...[store.notes({ caseId }, { limit: 9 }), store.search("aaaa", {}, { limit: 9 }).items.length],
  ];
  const [wasOver, wasOpen] = [shown(over), shown(open)];

  const foreseen = await store.prune(limits, { ...asked, dryRun: true });
  expect([store.events(0, 1000), store.pruned(), await present(over)]).toEqual([
    before,
    { horizon: 0, at: null },
    all,
  ]);
  const report = await store.prune(limits, asked);
  expect({ ...foreseen, dryRun: false, horizon: report.horizon }).toEqual(report);
  expect(report).toMatchObject({ turns: 1, artifacts: 1, contents: 4 });

  expect([shown(over), shown(open)]).toEqual([wasOver, wasOpen]);
  expect([store.turns(over.attemptId), store.turns(open.attemptId).length]).toEqual([[], 1]);
  expect([await present(over), await present(open), await present(late)]).toEqual([["diff"], all, all]);
  const after = store.events(0, 1000);
  const about = (name: string) =>
    before.filter(({ payload }) => JSON.stringify(payload).includes(`-${name}`));
  expect(after).toEqual(expect.arrayContaining([...about("open"), ...about("late")]));
  expect(before.length - after.length).toBe(report.events + report.turns);
  expect(store.pruned()).toEqual({ horizon: report.horizon, at: clock });
  const orphan = sampleCase({ id: "orphan", origin: "devel/orphan", bundleId: "nowhere" });
  expect(() => store.append([{ type: "case/changed", payload: orphan }])).toThrow(/FOREIGN KEY/);
  expect(await store.prune(limits, asked)).toMatchObject({
    events: 0,
    turns: 0,
    artifacts: 0,
    contents: 0,
  });
  expect((await checkState(dir, { ...inSilence, readContents: true })).problems).toEqual([]);
});

test("a reader arrives at the same state from wherever it was", async () => {
  for (const name of ["a", "b", "c"]) await tellStory(store, name, ["triaged", "patching", "closed"]);
  await tellStory(store, "d", ["triaged"]);
  const before = store.events(0, 1000);
  clock += day;
  const { horizon } = await store.prune(everything(clock), inSilence);
  const after = store.events(0, 1000);
  expect(after.length).toBeLessThan(before.length);
  for (let place = 0; place <= before.length; place++) {
    const seen = before.filter(({ seq }) => seq <= place);
    const rest = after.filter(({ seq }) => seq > place);
    expect(newestById([...seen, ...rest]), `from ${place}`).toEqual(newestById(before));
    if (place >= horizon) expect(rest).toEqual(before.slice(place));
  }
});

test("each sort of thing has a limit of its own, and 0 keeps it", async () => {
  const story = await tellStory(store, "one", ["closed"]);
  clock += day;
  ageContents(dir, Object.values(contentsOf(story)));
  const none = { ...everything(0), closed: clock, contents: Date.now() };
  const gone = async (which: object) => {
    await store.prune({ ...none, ...which }, inSilence);
    return all.filter((kind) => !left.includes(kind));
  };
  let left = all;
  const step = async (which: object) => {
    await gone(which);
    left = await present(story);
    return left;
  };
  expect(await step({})).toEqual(all);
  expect(await step({ logs: clock + 1 })).toEqual(["diff", "spill", "briefing", "build"]);
  expect(await step({ proofs: clock })).toEqual(["diff", "spill", "briefing"]);
  expect(await step({ traces: clock })).toEqual(["diff"]);
});

test("content that is stored again is as good as new, also while a sweep is on", async () => {
  const [old, again] = [
    await store.blobs.put(Buffer.from("old")),
    await store.blobs.put(Buffer.from("again")),
  ];
  ageContents(dir, [old, again]);
  const limits = { ...everything(clock), contents: Date.now() - day };
  await store.blobs.put(Buffer.from("again"));
  expect(await store.prune(limits, inSilence)).toMatchObject({ contents: 1 });
  expect([await store.blobs.has(old), await store.blobs.has(again)]).toEqual([false, true]);

  // Wherever the other one is in its work, what it was told is kept is there.
  for (let round = 0; round < 30; round++) {
    ageContents(dir, [again]);
    let putting: Promise<string> | undefined;
    const onProgress = (text: string) => {
      if (text.startsWith("contents") && Math.random() < 0.5)
        putting ??= store.blobs.put(Buffer.from("again"));
    };
    await store.prune(limits, { ...inSilence, onProgress });
    await (putting ?? store.blobs.put(Buffer.from("again")));
    expect(await store.blobs.has(again)).toBe(true);
  }
});

test("no step looks at more than some hundred failures, whatever stays of them", async () => {
  const failures = Array.from({ length: 1100 }, (_, n) => ({
    type: "bundle/added" as const,
    payload: sampleBundle({
      ...{ id: `bundle-${n}`, origin: `devel/port${n}` },
      artifacts: [{ name: "logs/full.log", sha256: n.toString(16).padStart(64, "0"), bytes: 1 }],
    }),
  }));
  const openCases = failures.slice(5).map(({ payload: { id, origin } }) => ({
    type: "case/changed" as const,
    payload: sampleCase({ id: `case of ${id}`, origin, bundleId: id }),
  }));
  store.append([{ type: "run/changed", payload: sampleRun() }, ...failures, ...openCases]);
  clock += day;
  const steps: string[] = [];
  const onProgress = (text: string) => void (text.startsWith("logs") && steps.push(text));
  expect(await store.prune(everything(clock), { ...inSilence, onProgress })).toMatchObject({ artifacts: 5 });
  expect(steps).toEqual([500, 1000, 1100].map((looked) => `logs: ${looked} of 1100 failures`));
});

test("one prunes at a time, and one that is stopped goes on the next time", async () => {
  await tellStory(store, "one", ["triaged", "closed"]);
  clock += day;
  const first = store.prune(everything(clock), inSilence);
  await expect(store.prune(everything(clock), inSilence)).rejects.toMatchObject({ kind: "badState" });
  expect(await first).toMatchObject({ turns: 1 });
  const stopped = { ...inSilence, signal: AbortSignal.abort() };
  await expect(store.prune(everything(clock), stopped)).rejects.toThrow(/abort/);
  expect(await store.prune(everything(clock), inSilence)).toMatchObject({ turns: 0 });
});

test("a clock that is far ahead for days makes nothing old by itself; one that was put right prunes on", async () => {
  const story = await tellStory(store, "one", ["triaged", "closed"]);
  ageContents(dir, Object.values(contentsOf(story)));
  clock += 4000 * day;
  const limits = () => ({ ...everything(clock - 90 * day), contents: Date.now() });
  store.append([{ type: "note/recorded", payload: { caseId: null, who: "ann", text: "of that clock" } }]);
  const nothing = { events: 0, turns: 0, artifacts: 0, contents: 0 };
  const before = store.events(0, 1000);
  expect(await store.prune(limits(), inSilence)).toMatchObject(nothing);
  expect([store.events(0, 1000), await present(story)]).toEqual([before, all]);
  clock += 3 * day;
  store.append([{ type: "note/recorded", payload: { caseId: null, who: "ann", text: "of days later" } }]);
  expect(await store.prune(limits(), inSilence)).toMatchObject(nothing);
  expect(await store.prune(limits(), { ...asked, dryRun: true })).toMatchObject({ turns: 1, artifacts: 1 });

  clock -= 3900 * day;
  expect(store.pruned()).toEqual({ horizon: 0, at: null });
  store.append([
    { type: "note/recorded", payload: { caseId: null, who: "ann", text: "of the right clock" } },
  ]);
  clock += day;
  expect(await store.prune(limits(), inSilence)).toMatchObject({ turns: 1, artifacts: 1 });
  expect(store.pruned()).toMatchObject({ at: clock });
});
