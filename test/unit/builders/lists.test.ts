import { describe, expect, it } from "vitest";
import { findOutcome } from "../../../server/src/builders/dsynth/lists.ts";

const lists = {
  success: [
    "[000] SUCCESS devel/goodlib                                            00:00:01",
    "[XXX] devel/flv meta-node complete",
    "[001] SUCCESS devel/flv@py312                                          00:00:01",
  ].join("\n"),
  failure: [
    "[001] FAILURE devel/badlib 2                                     build 00:00:01",
    "[000] FAILURE devel/flv@py311                              install-pkgs 00:00:00",
    "[000] FAILURE devel/badlib-doc                                   stage 100:00:01",
    "",
  ].join("\n"),
  ignored: '[XXX] sysutils/ignoreme 1 ignored due to is marked as broken: "does not build" on DragonFly \n',
  skipped: "[XXX] www/needneed skipped due to www/needbad->devel/badlib \n",
};

describe("findOutcome", () => {
  it.each([
    ["devel/goodlib", { kind: "built" }],
    ["devel/flv@py312", { kind: "built" }],
    ["devel/badlib", { kind: "failed", phase: "build" }],
    ["devel/badlib-doc", { kind: "failed", phase: "stage" }],
    ["devel/flv@py311", { kind: "failed", phase: "setup" }],
    ["sysutils/ignoreme", { kind: "ignored", reason: 'is marked as broken: "does not build" on DragonFly' }],
    ["www/needneed", { kind: "skipped", reason: "www/needbad->devel/badlib" }],
    ["devel/flv", null],
    ["www/needbad", null],
    ["devel/good", null],
  ])("%s", (spec, expected) => {
    expect(findOutcome(lists, spec)).toEqual(expected);
  });

  it("takes the last word on a port that was taken up again", () => {
    const line = (phase: string) => `[001] FAILURE devel/twice 2 ${phase} 00:00:01`;
    const failure = [line("fetch"), line("stage"), ""].join("\n");
    expect(findOutcome({ ...lists, failure }, "devel/twice")).toEqual({ kind: "failed", phase: "stage" });
  });
});
