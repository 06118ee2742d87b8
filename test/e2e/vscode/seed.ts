import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { sampleBundle, sampleCase, sampleResult, sampleRun } from "../../fixtures/states/entities.ts";

const target = "@bulk";
const hour = 3_600_000;
const classes = ["compile-error", "plist-error", "configure-error", "patch-error", "link-error"] as const;
const categories = ["devel", "www", "graphics", "math", "net", "textproc"];

/** What a bulk build of long ago left behind, written while no server runs: failing ports and two runs. */
export function seedBulkBuild(stateDir: string, count: number): void {
  const store = openStore({ dir: stateDir, now: Date.now });
  const now = Date.now();
  try {
    const [before, after] = ["run-before", "run-after"].map((id, index) =>
      sampleRun({
        ...{ id, target, profile: "bulk", state: "finished" as const },
        ...{ startedAt: now - (72 - 24 * index) * hour, endedAt: now - (60 - 24 * index) * hour },
        counts: { built: 2 - index, failed: 1 + index, skipped: 1, ignored: 0 },
      }),
    );
    store.append([
      ...[before, after].flatMap((payload) => (payload ? [{ type: "run/changed" as const, payload }] : [])),
      { type: "bundle/added", payload: sampleBundle({ id: "seeded", runId: "run-after", target }) },
      ...results("run-before", { "devel/mends": "failed", "www/breaks": "built", "math/stays": "built" }),
      ...results("run-after", { "devel/mends": "built", "www/breaks": "failed", "math/stays": "failed" }),
      {
        type: "result/recorded",
        payload: sampleResult({
          ...{ runId: "run-after", target, origin: "lang/waits", kind: "skipped" },
          reason: "net/mid->net/port0004",
        }),
      },
    ]);
    const cases = Array.from({ length: count }, (_, n) => {
      const category = categories[n % categories.length] ?? "misc";
      return sampleCase({
        ...{
          id: `seed${n}`,
          target,
          origin: `${category}/port${String(n).padStart(4, "0")}`,
          bundleId: "seeded",
        },
        ...{ state: n % 50 === 0 ? "escalated" : "open", decision: null },
        ...{ classification: classes[n % classes.length] ?? "unknown", signature: `1:${n % 300}` },
        ...{ cause: `src/part${n % 300}.c:12:5: error: unknown type name 'u_int${n % 300}'` },
        ...{ maintainer: `porter${n % 40}@example.org`, pkgname: `port${n}-1.${n % 9}.pkg` },
        ...(n < 60 && { blocked: 600 - 10 * n }),
        ...{ openedAt: now - (n % 70) * hour, updatedAt: now - (n % 70) * hour },
      });
    });
    store.append(cases.map((payload) => ({ type: "case/changed", payload })));
  } finally {
    store.close();
  }
}

function results(runId: string, kinds: Record<string, "built" | "failed">) {
  return Object.entries(kinds).map(([origin, kind]) => {
    const pkgname = `${origin.split("/")[1]}-1.0.pkg`;
    const failed = kind === "failed" ? { phase: "build", reason: "" } : {};
    return {
      type: "result/recorded" as const,
      payload: sampleResult({ runId, target, origin, kind, pkgname, ...failed }),
    };
  });
}
