import { describe, expect, it } from "vitest";
import { caseDecoration } from "../../../../extension/src/cases/decoration.ts";
import { type NodeOf, partsOf } from "../../../../extension/src/tree/nodes.ts";
import { partRow } from "../../../../extension/src/tree/partRows.ts";
import { caseRow, groupRow, searchRow, targetRow } from "../../../../extension/src/tree/rows.ts";
import { moreRow } from "../../../../extension/src/views/row.ts";
import { type Case, CaseState, type Job } from "../../../../server/src/protocol/index.ts";
import { fill } from "../../../../server/src/sessionPage/strings.ts";
import { sampleJob, sampleProof } from "../../../fixtures/states/entities.ts";
import { sampleAttempt, sampleCase } from "../samples.ts";

const hour = 3_600_000;
const place = { target: "@2026Q3", group: null };
const node: NodeOf<"case"> = { kind: "case", builder: "local", caseId: "c1", place };
const rowOf = (changes: Partial<Case>, now = 3 * hour) =>
  caseRow(node, sampleCase(changes), "none", now, fill);

describe("a case's row", () => {
  it("says its state, class, version and age, the key fact first to a screen reader", () => {
    const row = rowOf({ flavor: "py311", pkgname: "foo-2.1_3,1.pkg", blocked: 12 });
    expect(row).toMatchObject({
      label: "devel/foo@py311",
      description: "proved fix · patch-error · 12 blocked · 2.1_3,1 · 3 h",
      accessibility: "proved fix, devel/foo@py311, patch-error, open for 3 h, 12 blocked",
    });
    expect(row.tags).toEqual(expect.arrayContaining(["case", "canAccept", "hasDiff", "hasSession"]));
    expect(row.tags).not.toContain("hasHandOver");
  });

  it("tells on its tooltip how often the case was opened", () => {
    expect(rowOf({}).tooltip).not.toContain("Opened");
    expect(rowOf({ iteration: 3 }).tooltip).toContain("Opened 3 times");
  });

  it("tells the diagnosis on its tooltip, each part on a line of its own, where it says more than the log", () => {
    const { cause } = sampleCase();
    const found = { platform: "generic" as const, evidence: [], confidence: "high" as const };
    expect(rowOf({ triage: { ...found, rootCause: cause, suggestedFix: "" } }).tooltip).toBe(
      rowOf({}).tooltip,
    );
    const { tooltip } = rowOf({
      triage: { ...found, rootCause: "the hunk\nTier AUTO: drifted", suggestedFix: "make it anew" },
    });
    expect(tooltip?.split("\n")).toEqual(
      expect.arrayContaining(["Diagnosis: the hunk Tier AUTO: drifted", "Suggested: make it anew"]),
    );
  });

  it("has the same id whatever becomes of the case", () => {
    const ids = CaseState.options.map((state) => rowOf({ state }).id);
    expect(new Set(ids).size).toBe(1);
  });

  it("does not say again what its group has in common", () => {
    const row = caseRow(node, sampleCase(), "class", 3 * hour, fill);
    expect(row.description).toBe("proved fix · 3 h");
  });

  it("offers the mark that can be set, and says which one is", () => {
    expect(rowOf({}).tags).toEqual(expect.arrayContaining(["canIgnore", "canSnooze"]));
    const ignored = rowOf({ ignored: true });
    expect(ignored.description).toMatch(/^ignored · /);
    expect(ignored.tags).toContain("canUnignore");
    expect(ignored.tags).not.toContain("canSnooze");
    expect(rowOf({ snoozedUntil: 4 * hour }).tags).toContain("canWake");
    expect(rowOf({ snoozedUntil: 2 * hour }).tags).toContain("canSnooze");
  });

  it("is decorated by what stands in its address", () => {
    const looks = CaseState.options.map((state) => caseDecoration(rowOf({ state }).resource?.query ?? ""));
    expect(looks).not.toContain(null);
    expect(rowOf({ ignored: true }).resource?.query).toBe("hidden");
    expect(caseDecoration("constructor")).toBeNull();
  });
});

it("a target and a group count their ports, those that wait for a person and those that are blocked", () => {
  const counts = { key: "", label: "", cases: 2, needsPerson: 1, blocked: 40 };
  const target = targetRow({ kind: "target", builder: "local", target: "@2026Q3" }, counts, fill);
  expect(target.description).toBe("2 failing, 1 for you · 40 blocked");
  const group = groupRow(
    { kind: "group", builder: "local", place: { target: "@2026Q3", group: "" } },
    { ...counts, needsPerson: 0, blocked: 0 },
    "maintainer",
    fill,
  );
  expect([group.label, group.description]).toEqual(["not known", "2 failing"]);
});

it("the last row leads to the next page, or to the search", () => {
  const more: NodeOf<"more"> = { kind: "more", builder: "local", of: "cases", place };
  expect(moreRow("id", 250, fill)).toMatchObject({
    ...{ label: "More...", description: "250 not shown", command: "portwright.showMore" },
  });
  expect(searchRow(more, 9000, fill)).toMatchObject({
    ...{ description: "9000 not shown", command: "portwright.search" },
  });
});

it("a proof tells how its environments were kept apart, on another host too", () => {
  const proof = sampleProof({ environment: "ssh", farKind: "bwrap", reason: "as told" });
  const { tooltip } = partRow({ ...node, kind: "proof", proof } as const, undefined, 0, fill);
  expect(tooltip).toBe("as told\nbsd-make · ssh (bwrap)");
});

it("a running attempt shows the phase of its build", () => {
  const attempt = { ...node, kind: "attempt", attempt: sampleAttempt() } as const;
  expect(partRow(attempt, "configure", 0, fill).description).toContain("building: configure");
});

it("an attempt whose job is in the queue waits, and says why", () => {
  const [job, attempt] = [sampleJob({ state: "queued" }), sampleAttempt()];
  const detail = { case: sampleCase(), bundles: [], attempts: [attempt], proofs: [] };
  const partOf = (jobs: Job[], waits?: string) => {
    const parts = partsOf({ ...node, kind: "case" }, { ...detail, jobs, ...(waits && { waits }) }, []);
    const [part] = parts.filter(({ kind }) => kind === "attempt");
    return part && partRow(part, "configure", 0, fill);
  };
  const queued = { ...job, id: attempt.jobId };
  expect(partOf([queued], "the host is down")).toMatchObject({
    ...{ description: expect.stringMatching(/^waiting · /), tooltip: "the host is down", icon: "clock" },
  });
  expect(partOf([{ ...queued, state: "leased" }])?.description).toMatch(/^building: configure/);
});
