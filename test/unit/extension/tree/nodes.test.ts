import { describe, expect, it } from "vitest";
import { type NodeOf, nodeId, partsOf, type TreeNode } from "../../../../extension/src/tree/nodes.ts";
import type { CaseDetail, Proof } from "../../../../server/src/protocol/index.ts";
import { sampleAttempt, sampleCase } from "../samples.ts";

const diffSha256 = "d".repeat(64);
const proof: Proof = {
  id: "p1",
  caseId: "c1",
  attemptId: "a1",
  verdict: "proved",
  reason: "builds",
  environment: "bwrap",
  builder: "bsd-make",
  diffSha256,
  trees: {},
  inputSha256: "",
  baseline: null,
  build: null,
  flags: [],
  startedAt: 0,
  endedAt: 0,
};
const node: NodeOf<"case"> = {
  kind: "case",
  builder: "local",
  caseId: "c1",
  place: { target: "@2026Q3", group: null },
};
const detail = (changes: Partial<CaseDetail>): CaseDetail => ({
  case: sampleCase({ handOver: "look" }),
  bundles: [],
  attempts: [],
  proofs: [],
  jobs: [],
  ...changes,
});

describe("partsOf", () => {
  it("lists hand-over, diff, proofs, then attempts with the newest first", () => {
    const attempts = [sampleAttempt(), sampleAttempt({ id: "a2", number: 2 })];
    const parts = partsOf(node, detail({ attempts, proofs: [proof] }), []);
    expect(parts.map(({ kind }) => kind)).toEqual(["handOver", "diff", "proof", "attempt", "attempt"]);
    expect(parts[3]).toMatchObject({ attempt: { id: "a2" } });
  });

  it("a diff is proved only by a proof of that very diff", () => {
    const proved = (of: Proof) =>
      partsOf(node, detail({ proofs: [of] }), []).find(({ kind }) => kind === "diff");
    expect(proved(proof)).toMatchObject({ proved: true });
    expect(proved({ ...proof, diffSha256: "e".repeat(64) })).toMatchObject({ proved: false });
    expect(proved({ ...proof, verdict: "build-failed" })).toMatchObject({ proved: false });
  });
});

it("no two rows have the same id, wherever a case stands", () => {
  const elsewhere: TreeNode = { ...node, place: { target: "@2026Q3", group: "plist-error" } };
  const attempts = [sampleAttempt(), sampleAttempt({ id: "a2", number: 2 })];
  const rows: TreeNode[] = [
    { kind: "builder", builder: "local" },
    { kind: "target", builder: "local", target: "@2026Q3" },
    { kind: "group", builder: "local", place: { target: "@2026Q3", group: "" } },
    { kind: "more", builder: "local", of: "groups", place: node.place },
    { kind: "more", builder: "local", of: "cases", place: node.place },
    ...[node, elsewhere],
    ...[node, elsewhere].flatMap((row) => partsOf(row, detail({ attempts, proofs: [proof] }), [])),
  ];
  expect(new Set(rows.map(nodeId)).size).toBe(rows.length);
});
