import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { siblingsOf } from "../../../../server/src/agent/stages/siblings.ts";
import type { Case, NewEvent } from "../../../../server/src/protocol/index.ts";
import { openStore } from "../../../../server/src/store/sqlite/open.ts";
import { sampleBundle, sampleCase, sampleRun } from "../../../fixtures/states/entities.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "portwright-siblings-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const subject = sampleCase({ id: "self", origin: "devel/self", signature: "same" });
const one = (id: string, changes: Partial<Case>) => ({
  type: "case/changed" as const,
  payload: sampleCase({ id, origin: `devel/${id}`, signature: "same", ...changes }),
});
const before: NewEvent[] = [
  { type: "target/seen", payload: { name: subject.target, firstSeenAt: 1 } },
  { type: "run/changed", payload: sampleRun() },
  { type: "bundle/added", payload: sampleBundle({ origin: subject.origin }) },
  { type: "case/changed", payload: subject },
];

test("kin are those of the same failure and the same port; proved fixes come first, with their diffs", async () => {
  const store = openStore({ dir: join(folder, "store"), now: () => 5 });
  const small = await store.blobs.put(Buffer.from("a small diff\n"));
  const large = await store.blobs.put(Buffer.from("y".repeat(9000)));
  store.append([
    ...before,
    one("open", { state: "open", updatedAt: 9 }),
    one("unproved", { state: "escalated", diffSha256: small, updatedAt: 8 }),
    one("rejected", { state: "rejected", diffSha256: small, proofId: "p", updatedAt: 7 }),
    one("waiting", { state: "waiting", diffSha256: large, proofId: "p", updatedAt: 3 }),
    one("delivered", { state: "delivered", diffSha256: small, proofId: "p", updatedAt: 1 }),
    one("lost", { state: "accepted", diffSha256: "3".repeat(64), proofId: "p", updatedAt: 2 }),
    one("flavored", {
      origin: "devel/self",
      flavor: "py311",
      signature: "other",
      state: "open",
      updatedAt: 10,
    }),
    one("stranger", { signature: "other", state: "delivered", diffSha256: small, proofId: "p" }),
  ]);
  const kin = await siblingsOf(store, subject);
  expect(kin.map(({ subject: { id }, sameFailure, diff }) => [id, sameFailure, diff.slice(0, 7)])).toEqual([
    ["delivered", true, "a small"],
    ["lost", true, ""],
    ["waiting", true, "yyyyyyy"],
    ["flavored", false, ""],
    ["open", true, ""],
  ]);
  expect(kin[2]?.diff).toMatch(/^y{4000}\n\[\.\.\. cut, 9000 bytes in all \.\.\.\]$/);
  store.close();
});

test("a diff with bytes that are no UTF-8 is shown", async () => {
  const store = openStore({ dir: join(folder, "latin"), now: () => 5 });
  const latin = await store.blobs.put(Buffer.from("a caf\u00e9\n", "latin1"));
  store.append([...before, one("latin", { state: "accepted", diffSha256: latin, proofId: "p" })]);
  expect(await siblingsOf(store, subject)).toMatchObject([{ diff: "a caf\ufffd\n" }]);
  store.close();
});
