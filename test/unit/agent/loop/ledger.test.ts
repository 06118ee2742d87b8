import { expect, test } from "vitest";
import { ledgerEntry } from "../../../../server/src/agent/loop/ledger.ts";
import { renderResult } from "../../../../server/src/agent/tools/result.ts";
import { sampleTurn } from "../../../fixtures/states/entities.ts";

const called = (name: string, ok: boolean, facts: Record<string, unknown>) => ({
  ...{ id: name, name, arguments: "{}", ok, durationMs: 1, spill: null },
  result: renderResult({ ok, facts, body: "" }),
});

test("only edits that were made count, and each build counts", () => {
  const turns = [
    sampleTurn({
      calls: [
        called("put_file", false, { error: "not as you last read it", path: "/work/a", sha256: "1" }),
        called("put_file", true, { path: "/work/b", sha256: "2" }),
        called("build", false, {
          passed: false,
          phase: "stage",
          cause: "gone",
          signature: "s",
          diffSha256: "d",
        }),
        called("build", false, { error: "all builds are used" }),
      ],
    }),
    sampleTurn({
      number: 2,
      calls: [
        called("install_patches", true, {
          installed: [{ path: "/work/c", sha256: "3" }, { path: "/work/d" }],
        }),
        called("build", true, { passed: true }),
      ],
    }),
  ];
  expect(ledgerEntry({ number: 4, outcome: null, summary: "w" }, turns)).toEqual({
    ...{ attempt: 4, outcome: "error", summary: "w" },
    edits: ["/work/b 2", "/work/c 3", "/work/d deleted"],
    builds: ["failed in stage: gone (s)", "passed"],
    failed: [{ diffSha256: "d", signature: "s", words: "stage: gone" }],
  });
});
