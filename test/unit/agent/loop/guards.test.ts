import { expect, test } from "vitest";
import { roundOf } from "../../../../server/src/agent/loop/cycles.ts";
import { createProgressGuards } from "../../../../server/src/agent/loop/guards.ts";
import type { BuildRecord } from "../../../../server/src/agent/tools/state.ts";

const limits = { readsBeforeNudge: 2, readsBeforeEnd: 4, sameBuilds: 3 };
const call = (name: string, args = "{}") => ({ id: "c", name, arguments: args });
const build = (rest: Partial<BuildRecord> = {}): BuildRecord => ({
  passed: false,
  phase: "build",
  signature: "s",
  diffSha256: "d",
  log: "",
  ...rest,
});

test("reads are counted until an edit takes effect or a build ran; failed edits count as reads", () => {
  const guards = createProgressGuards(limits);
  expect(guards.ran(call("a"), "read", true)).toBe("");
  expect(guards.ran(call("b"), "edit", false)).toContain("2 calls without");
  guards.ran(call("c"), "edit", true);
  for (const name of ["d", "e", "f"]) guards.ran(call(name), "read", true);
  expect(guards.stalled([])).toBeNull();
  guards.ran(call("g"), "step", true);
  expect(guards.stalled([])).toBeNull();
  guards.ran(call("h"), "read", true);
  expect(guards.stalled([])).toContain("4 calls in a row");
});

test("the same call is refused the third time, and the fourth time is the end, unless something changed", () => {
  const guards = createProgressGuards(limits);
  const same = call("list_dir", '{"path":"/work/obj"}');
  const ask = () => guards.refuse(same) === null;
  expect([ask(), ask()]).toEqual([true, true]);
  guards.ran(call("put_file"), "edit", true);
  expect([ask(), ask(), ask()]).toEqual([true, true, false]);
  expect(guards.stalled([])).toBeNull();
  expect(ask()).toBe(false);
  expect(guards.stalled([])).toContain("4 times");
});

test("a step lets reads be asked again, but not itself for ever", () => {
  const guards = createProgressGuards(limits);
  const phase = call("patch_phase");
  const read = call("get_file");
  const answers: boolean[] = [];
  for (let round = 0; round < 3; round += 1) {
    const allowed = guards.refuse(phase) === null;
    if (allowed) guards.ran(phase, "step", true);
    answers.push(allowed, guards.refuse(read) === null);
  }
  expect(answers).toEqual([true, true, true, true, false, true]);
});

test.each([
  ["the same failure of the same change", [build(), build(), build()], true],
  ["another phase", [build(), build({ phase: "stage" }), build()], false],
  ["another failure", [build(), build(), build({ signature: "t" })], false],
  ["another change", [build({ diffSha256: "e" }), build(), build()], false],
  [
    "others between them",
    [build(), build({ diffSha256: "e" }), build(), build({ signature: "t" }), build()],
    true,
  ],
  ["only two", [build(), build()], false],
  ["builds that pass", [build({ passed: true }), build({ passed: true }), build({ passed: true })], false],
  ["only the last ones count", [build({ phase: "x" }), build(), build(), build()], true],
])("%s", (_name, builds, stuck) => {
  expect(createProgressGuards(limits).stalled(builds) !== null).toBe(stuck);
});

test.each([
  ["a a a", 1],
  ["a b a b a b", 2],
  ["x y z a b c a b c a b c", 3],
  ["a b c d a b c d a b c d", 4],
  ["a b c d e a b c d e a b c d e", null],
  ["a b a b a", null],
  ["a b a b a c", null],
  ["", null],
])("a round is what repeats three times at the end: %s", (moves, period) => {
  expect(roundOf(moves.split(" ").filter(Boolean))).toBe(period);
});

test("edits and builds that come round end it, whatever is read between them", () => {
  const guards = createProgressGuards(limits);
  const round = () => {
    guards.ran(call("put_file"), "edit", true, "Makefile 1");
    guards.ran(call("get_file"), "read", true);
    guards.ran(call("build"), "build", false, "build t e");
    guards.ran(call("put_file"), "edit", true, "Makefile 2");
  };
  round();
  round();
  expect(guards.stalled([])).toBeNull();
  round();
  expect(guards.stalled([])).toContain("the same 3 again and again");
});
