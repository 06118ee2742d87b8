import { expect, it } from "vitest";
import { environmentParts, environmentRow } from "../../../../extension/src/environments/rows.ts";
import type { Check, EnvironmentInfo } from "../../../../server/src/protocol/index.ts";
import { fill } from "../../../../server/src/sessionPage/strings.ts";

const hour = 3_600_000;
const info: EnvironmentInfo = {
  ...{
    name: "mine",
    kind: "bwrap",
    target: "@2026Q3",
    root: "/var/portwright/environments/mine",
    createdAt: 0,
  },
  trees: {
    DeltaPorts: { commit: "a".repeat(40), dirty: true, behind: 2 },
    "freebsd-ports": { commit: "b".repeat(40), dirty: true, behind: 15 },
  },
};
const rowOf = (changes: Partial<EnvironmentInfo>) =>
  environmentRow("local", { ...info, ...changes }, 3 * hour, fill);

it("an environment says its target, edits, and how far it lies behind", () => {
  expect(rowOf({})).toMatchObject({
    description: "@2026Q3 · edited · 15 behind · 3 h old",
    tags: ["environment"],
  });
});

it("one of another host says how that host keeps it apart", () => {
  expect(rowOf({ kind: "ssh", farKind: "chroot" }).tooltip).toContain("mine (ssh (chroot))");
});

it("a broken one says so first, and what to do", () => {
  const row = rowOf({ problem: "its folder is gone: destroy it" });
  expect(row.accessibility).toMatch(/^broken, mine/);
  expect(row.tooltip).toContain("its folder is gone: destroy it");
});

it("nothing is offered for one that a job has", () => {
  expect(rowOf({ ofJob: true }).tags).toEqual([]);
});

it("below it stand its trees and its size", () => {
  const parts = environmentParts("local", { ...info, diskBytes: 3 * 1024 ** 3 }, fill);
  expect(parts.map(({ label, description }) => [label, description])).toEqual([
    ["DeltaPorts", "aaaaaaaaaaaa · edited · 2 commits behind"],
    ["freebsd-ports", "bbbbbbbbbbbb · moved on · 15 commits behind"],
    ["On disk", "3.0 GiB"],
  ]);
  expect(environmentParts("local", info, fill).at(-1)?.description).toBe("not known");
  const anew = { DeltaPorts: { commit: "c".repeat(40), dirty: false, behindUnknown: "no such commit" } };
  expect(environmentParts("local", { ...info, trees: anew }, fill)[0]?.description).toBe(
    "cccccccccccc · not known how far behind: no such commit",
  );
});

it("a look at one tells what is amiss with what to do, else that nothing is", () => {
  const disk = { kind: "disk", name: "disk space", message: "0.5 GiB free" } as const;
  const make = { kind: "tools", name: "make", message: "/usr/bin/bmake", ok: true } as const;
  const partOf = (...checks: Check[]) => environmentParts("local", { ...info, checks }, fill)[0];
  expect(partOf({ ...disk, ok: false, action: "make room" }, make)).toMatchObject({
    ...{ label: "Broken", description: "0.5 GiB free: make room", icon: "warning" },
  });
  expect(partOf({ ...disk, ok: true }, make)).toMatchObject({
    label: "Health",
    description: "2 checks in order",
  });
});
