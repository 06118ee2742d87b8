import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { checkProof, isSound } from "../../../server/src/proof/check.ts";
import { partsOf, recordText, sealed } from "../../../server/src/proof/record.ts";
import type { SourceTrees } from "../../../server/src/proof/trees.ts";
import { PortwrightError, Proof } from "../../../server/src/protocol/index.ts";
import type { BlobStore } from "../../../server/src/store/types.ts";
import { sampleProof } from "../../fixtures/states/entities.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const contents = ["diff", "before", "after", "checks", "known", "dependent"];
const [diff = "", before = "", after = "", checks = "", known = "", dependent = ""] = contents.map(sha256);
const trees = { DeltaPorts: "d".repeat(40), "freebsd-ports": "f".repeat(40) };
const treeHashes = { DeltaPorts: "1".repeat(40), "freebsd-ports": "2".repeat(40) };

/** A record with every field that there is. */
const whole: Proof = sealed({
  ...sampleProof({ diffSha256: diff, inputSha256: sha256("input"), flags: ["a flag"], trees, treeHashes }),
  ...{ repeats: "proof-0", environment: "ssh", farKind: "bwrap", tools: { portwright: "1", bmake: "2" } },
  ...{ target: "@main", origin: "devel/one", flavor: "py311", baselineInputSha256: sha256("other") },
  expected: { signature: "s", phase: "build", classification: "compile-error" },
  baseline: { phase: "build", signature: "s", logSha256: before },
  build: { phase: null, passed: true, logSha256: after },
  asked: { checks: ["stage-qa"], dependents: 1 },
  checks: {
    ...{ targets: ["stage-qa"], phase: null, passed: true, logSha256: checks },
    known: [{ target: "check-plist", logSha256: known }],
  },
  dependents: [{ origin: "devel/two", flavor: "", state: "broken", said: "it fails", logSha256: dependent }],
});

const sources: SourceTrees = {
  present: async () => null,
  hash: async (tree, commit) => {
    const known = Object.entries(trees).find(([name, at]) => name === tree && at === commit);
    return known ? treeHashes[known[0] as keyof typeof treeHashes] : null;
  },
};

async function check(proof: unknown, lost: string[] = []) {
  // Nothing is read whole: a log may be larger than what is.
  const blobs = {
    check: async (hash: string) => {
      const content = contents.find((one) => sha256(one) === hash && !lost.includes(one));
      if (content === undefined) throw new PortwrightError("notFound", "not there");
      return content.length;
    },
  } as BlobStore;
  const findings = await checkProof(proof as Proof, { blobs, trees: sources, deliveries: [] });
  const wrong = findings.filter(({ state }) => state === "differs" || state === "missing");
  expect(isSound(findings)).toBe(wrong.length === 0);
  return wrong.map(({ what }) => what);
}

type Path = readonly (string | number)[];
function pathsOf(value: unknown, at: Path = []): Path[] {
  if (value === null || typeof value !== "object") return [at];
  const inside = Object.entries(value).flatMap(([key, one]) => pathsOf(one, [...at, key]));
  return at.length === 0 ? inside : [at, ...inside];
}

/** A copy with another value there, or without it. */
function changed(path: Path, change: (value: unknown) => unknown): unknown {
  const copy = JSON.parse(JSON.stringify(whole));
  const last = path.at(-1) ?? "";
  const holder = path.slice(0, -1).reduce((value, key) => value[key], copy);
  const value = change(holder[last]);
  if (value === undefined) Reflect.deleteProperty(holder, last);
  else holder[last] = value;
  return copy;
}

/** Of the same kind, so that only its hash can tell. */
function another(value: unknown): unknown {
  if (typeof value === "string")
    return /^[0-9a-f]{40,64}$/.test(value) ? value.replace(/./g, "0") : `${value}x`;
  if (typeof value === "number") return value + 1;
  return typeof value === "boolean" ? !value : "x";
}

test("a whole record is sound, and this one has every field", async () => {
  expect(await check(whole)).toEqual([]);
  expect(Object.keys(whole).sort()).toEqual(Object.keys(Proof.shape).sort());
});

test.each(pathsOf(whole).map((path) => [path.join("."), path] as const))(
  "%s changed, emptied or taken out is told",
  async (_, path) => {
    for (const change of [another, () => null, () => undefined]) {
      const other = changed(path, change);
      if (recordText(other as Proof) === recordText(whole) && path[0] !== "recordSha256") continue;
      expect(await check(other)).toContain("the record");
    }
  },
);

test.each([
  ["the diff", { diffSha256: sha256("x") }],
  [
    "the log of the build without the diff",
    { baseline: { phase: null, signature: "", logSha256: diff.replace(/./g, "1") } },
  ],
  ["the verdict", { verdict: "build-failed" }],
  ["the verdict", { build: { phase: "build", passed: false, logSha256: after } }],
  ["the tree DeltaPorts", { treeHashes: { ...treeHashes, DeltaPorts: "3".repeat(40) } }],
] as const)("%s that is changed is told even where the record was sealed anew", async (what, changes) => {
  expect(await check(sealed({ ...whole, ...changes } as Proof))).toEqual([what]);
});

test.each(contents.map((content, index) => [partsOf(whole)[index]?.what ?? "", content]))(
  "%s that is gone is told",
  async (what, content) => {
    expect(await check(whole, [content])).toEqual([what]);
  },
);

test("a field that no record has, and a record that is none, are told", async () => {
  expect(await check({ ...whole, extra: 1 })).toEqual(["the record"]);
  for (const record of [{}, { ...whole, trees: "" }, { ...whole, baseline: { logSha256: "../x" } }])
    expect(await check(record)).toEqual(["the record"]);
});
