import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import type { Call } from "../../../../extension/src/connection/client.ts";
import { readDocument } from "../../../../extension/src/documents/content.ts";
import { findSides } from "../../../../extension/src/documents/diffSides.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Answers `artifact/read` from these texts, as the server does. */
function holding(...texts: string[]): Call {
  const blobs = new Map(texts.map((text) => [sha256(text), Buffer.from(text)]));
  const call = async (_method: string, params: { sha256: string; offset?: number; length: number }) => {
    const { offset = 0, length } = params;
    const bytes = blobs.get(params.sha256) ?? Buffer.alloc(0);
    const data = bytes.subarray(offset, offset + length);
    return { data: data.toString("base64"), bytes: bytes.length, eof: offset + data.length >= bytes.length };
  };
  return call as unknown as Call;
}

const path = "ports/devel/foo/Makefile.DragonFly";
const original = "A=1\nB=2\n";
const change = `--- a/${path}\n+++ b/${path}\n@@ -1,2 +1,2 @@\n A=1\n-B=2\n+B=3\n`;
const artifact = (text: string) => ({
  name: "port/Makefile.DragonFly",
  sha256: sha256(text),
  bytes: text.length,
});

async function sidesOf(diff: string, evidence: string[]) {
  const call = holding(diff, ...evidence);
  const artifacts = evidence.map(artifact);
  const sides = await findSides(call, { sha256: sha256(diff), diff, origin: "devel/foo", artifacts });
  if (!sides) return null;
  const [left, right] = await Promise.all([sides.left, sides.right].map((side) => readDocument(call, side)));
  return { left: Buffer.from(left ?? []).toString(), right: Buffer.from(right ?? []).toString() };
}

it("shows a changed file beside its original from the evidence", async () => {
  expect(await sidesOf(change, [original])).toEqual({ left: original, right: "A=1\nB=3\n" });
});

it("does not take an original for it that the diff does not fit", async () => {
  expect(await sidesOf(change, ["A=1\nB=4\n"])).toBeNull();
  expect(await sidesOf(change, [])).toBeNull();
});

it("shows a new file beside nothing", async () => {
  const diff = `--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+A=1\n`;
  expect(await sidesOf(diff, [])).toEqual({ left: "", right: "A=1\n" });
});

it("shows a deleted file beside nothing", async () => {
  const diff = `--- a/${path}\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-A=1\n-B=2\n`;
  expect(await sidesOf(diff, [])).toEqual({ left: original, right: "" });
});

it("leaves several files to the unified diff", async () => {
  expect(await sidesOf(change + change.replaceAll("Makefile.DragonFly", "STATUS"), [original])).toBeNull();
});
