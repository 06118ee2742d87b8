import { describe, expect, it } from "vitest";
import { caseRow, partRow, partsOf, targetRow } from "../../../../extension/src/tree/nodes.ts";
import type { CaseDetail, Proof } from "../../../../server/src/protocol/index.ts";
import { fill } from "../../../../webview/src/strings.ts";
import { sampleAttempt, sampleCase } from "../samples.ts";

const hour = 3_600_000;
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

describe("rows", () => {
  it("a case says its state, class and age, the key fact first to a screen reader", () => {
    const row = caseRow(sampleCase({ flavor: "py311" }), 3 * hour, fill);
    expect(row).toMatchObject({
      id: "case/c1",
      label: "devel/foo@py311",
      description: "proved fix · patch-error · 3 h",
      accessibility: "proved fix, devel/foo@py311, patch-error, open for 3 h",
    });
    expect(row.tags).toEqual(expect.arrayContaining(["case", "canAccept", "hasDiff", "hasSession"]));
    expect(row.tags).not.toContain("hasHandOver");
  });

  it("has the same id whatever becomes of the case", () => {
    const ids = (["open", "patching", "waiting"] as const).map(
      (state) => caseRow(sampleCase({ state }), 0, fill).id,
    );
    expect(new Set(ids)).toEqual(new Set(["case/c1"]));
  });

  it("a target counts what waits for a person", () => {
    const cases = [sampleCase(), sampleCase({ id: "c2", state: "triaged" })];
    expect(targetRow("local", "@2026Q3", cases, fill).description).toBe("2 failing, 1 for you");
    expect(targetRow("local", "@2026Q3", cases.slice(1), fill).description).toBe("1 failing");
  });

  it("a running attempt shows the phase of its build", () => {
    const node = { kind: "attempt", builder: "local", caseId: "c1", attempt: sampleAttempt() } as const;
    expect(partRow(node, "configure", 0, fill).description).toContain("building: configure");
  });
});

describe("partsOf", () => {
  const detail = (changes: Partial<CaseDetail>): CaseDetail => ({
    case: sampleCase({ handOver: "look" }),
    bundles: [],
    attempts: [],
    proofs: [],
    jobs: [],
    ...changes,
  });

  it("lists hand-over, diff, proofs, then attempts with the newest first", () => {
    const attempts = [sampleAttempt(), sampleAttempt({ id: "a2", number: 2 })];
    const parts = partsOf("local", detail({ attempts, proofs: [proof] }));
    expect(parts.map(({ kind }) => kind)).toEqual(["handOver", "diff", "proof", "attempt", "attempt"]);
    expect(parts[3]).toMatchObject({ attempt: { id: "a2" } });
  });

  it("a diff is proved only by a proof of that very diff", () => {
    const proved = (of: Proof) =>
      partsOf("local", detail({ proofs: [of] })).find(({ kind }) => kind === "diff");
    expect(proved(proof)).toMatchObject({ proved: true });
    expect(proved({ ...proof, diffSha256: "e".repeat(64) })).toMatchObject({ proved: false });
    expect(proved({ ...proof, verdict: "build-failed" })).toMatchObject({ proved: false });
  });
});
