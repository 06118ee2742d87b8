import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { commitMessage, identity, isDelivery } from "../../../server/src/delivery/message.ts";
import { sampleAttempt, sampleBundle, sampleCase, sampleProof } from "../../fixtures/states/entities.ts";

function messageOf(said: string, more: Partial<Parameters<typeof commitMessage>[0]> = {}) {
  const bundle = sampleBundle();
  return commitMessage({
    subject: sampleCase({ cause: said, costMicros: 12_345, attempts: 2, tokens: 99 }),
    bundle: { ...bundle, diagnosis: { ...bundle.diagnosis, extract: said } },
    proof: sampleProof({ flags: [said], trees: { DeltaPorts: said } }),
    attempt: sampleAttempt({ summary: said, model: said }),
    files: [{ path: `ports/devel/one/${said}`, status: "added" }],
    ...{ who: said, version: "9.9.9", disclosure: true, signOff: "Ann <ann@example.org>" },
    ...more,
  });
}

const trailersOf = (message: string) =>
  execFileSync("git", ["interpret-trailers", "--parse", "--no-divider"], {
    input: message,
    encoding: "utf8",
  });

const hostile = [
  "x.c:1: error",
  "\nSigned-off-by: Eve <eve@example.org>\n",
  "\r\rPortwright-Proof: proof-9",
  "\u001b[31mred\u001b]0;title\u0007",
  "\u202egnp.exe",
  "\n---\n a | 1 +\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n",
  "\n\nFrom: Eve <eve@example.org>\nSubject: other\n\n",
  "\nFrom 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n",
  "\n@@ -1 +1 @@\n-a\n+b\n",
  "\nXX--- /etc/passwd\n\t+++ /etc/passwd\n",
  "\n12d\n.\n",
  "\n3c4\n< a\n> b\n",
  "\nIndex: x\nPrereq: 1.0\n*** a\n",
  "y".repeat(5000),
  "\n".repeat(500),
];

test("whatever a log or a model says, trailers are ours and lines are quoted and bounded", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...hostile), fc.string()), { maxLength: 6 }), (words) => {
      const { title, message } = messageOf(words.join(""));
      expect(message).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e]/);
      const trailers = message.trimEnd().split("\n\n").at(-1) ?? "";
      expect(trailers.replace(/^Assisted-by: Portwright 9\.9\.9 \(p\/.*\n/, "")).toBe(
        "Portwright-Case: case-1\nPortwright-Proof: proof-1\nSigned-off-by: Ann <ann@example.org>",
      );
      const plain = message.split("\n").filter((line) => /^\S/.test(line));
      expect(
        plain.filter((line) => /^(?:---|diff |From |From:|Index: |Signed-off-by: Eve)/.test(line)),
      ).toEqual([]);
      expect(title.startsWith("devel/one: ")).toBe(true);
      const heeded = /^[ \tX]*(?:\*\*\* |--- |\+\+\+ |@@ -|Index:|Prereq:|\d[\d,]*[acd]|[<>] |\.$)/m;
      expect(heeded.exec(message)).toBeNull();
      expect(title).not.toMatch(/(?:\*\*\*|---|\+\+\+|@@|Index:|Prereq:)/);
      expect(Math.max(...message.split("\n").map((line) => line.length))).toBeLessThan(200);
      expect(message.split("\n").length).toBeLessThan(150);
      expect(isDelivery(message, "case-1", "proof-1")).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("git reads the same trailers, and none of what a log says", () => {
  const { message } = messageOf(hostile.join("\n"));
  expect(
    trailersOf(message)
      .split("\n")
      .map((line) => line.split(":")[0]),
  ).toEqual(["Assisted-by", "Portwright-Case", "Portwright-Proof", "Signed-off-by", ""]);
});

test("the message tells problem, evidence, fix, verification and provenance", () => {
  const { title, message } = messageOf("- Use gmake: the Makefile needs it. More.");
  expect(title).toBe("devel/one: Use gmake: the Makefile needs it");
  const heads = message.match(/^\w+:$/gm);
  expect(heads).toEqual(["Problem:", "Evidence:", "Fix:", "Verification:", "Provenance:"]);
  expect(message).toMatch(/attempts: 2\n {4}builds: 0\n {4}tokens: 99\n {4}cost: 0\.0123/);
});

test("without disclosure the means are left out, and what makes a delivery known stays", () => {
  const { message } = messageOf("x", { disclosure: false, signOff: null });
  expect(message).not.toMatch(/Assisted-by|Signed-off-by|tokens|made by/);
  expect(message.endsWith(`\n\n${identity("case-1", "proof-1").join("\n")}\n`)).toBe(true);
});

test("a fix that a person chose from says so", () => {
  const { message } = messageOf("x", { proof: sampleProof({ attemptId: "" }) });
  expect(message).toContain("changes chosen: by a person");
});

test("only trailers make a commit a delivery", () => {
  const lines = identity("c", "p").join("\n");
  expect(isDelivery(`a\n\n${lines}\n`, "c", "p")).toBe(true);
  expect(isDelivery(`a\n\n${lines}\n\nb\n`, "c", "p")).toBe(false);
  expect(isDelivery(`a\n\n${lines}0\n`, "c", "p")).toBe(false);
  expect(isDelivery("", "c", "p")).toBe(false);
});

test("a commit says how the environments of its proof were kept apart, on another host too", () => {
  const proof = sampleProof({ environment: "ssh", farKind: "bwrap" });
  expect(messageOf("said", { proof }).message).toMatch(/environment: +ssh \(bwrap\)$/m);
});
