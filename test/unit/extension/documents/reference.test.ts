import fc from "fast-check";
import { expect, it } from "vitest";
import {
  caseTexts,
  type DocumentReference,
  documentAddress,
  parseDocumentAddress,
  reviewSides,
} from "../../../../extension/src/documents/reference.ts";

const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/);
const part = fc.stringMatching(/^[\w@+.-]{1,12}$/);
const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const id = fc.string({ minLength: 1 });
const folder = fc.array(part, { maxLength: 4 }).map((parts) => parts.filter((one) => !/^\.+$/.test(one)));
const reference: fc.Arbitrary<DocumentReference> = fc.oneof(
  fc.record({ kind: fc.constant("artifact" as const), sha256, name }),
  fc.record({ kind: fc.constant("logPart" as const), sha256, from: fc.nat(), to: fc.nat(), name }),
  fc.record({
    kind: fc.constant("review" as const),
    caseId: id,
    diff: sha256,
    side: fc.constantFrom(...reviewSides),
    sha256: fc.option(sha256, { nil: null }),
    name,
  }),
  fc.record({
    kind: fc.constant("caseText" as const),
    text: fc.constantFrom(...caseTexts),
    caseId: id,
    name,
  }),
  fc.record({
    kind: fc.constant("callResult" as const),
    caseId: id,
    attempt: fc.integer({ min: 1, max: 999 }),
    turn: fc.integer({ min: 1, max: 999 }),
    call: id,
    name,
  }),
  fc.record({ kind: fc.constant("policyFile" as const), name }),
  fc.record({
    kind: fc.constant("bundle" as const),
    caseId: id,
    bundleId: id,
    path: folder.map((parts) => parts.join("/")),
  }),
  fc.record({
    kind: fc.constant("environment" as const),
    environment: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,10}$/),
    path: folder.map((parts) => ["/work", ...parts].join("/")),
  }),
);

it("every reference is found again by its address", () => {
  fc.assert(
    fc.property(reference, (given) => {
      expect(parseDocumentAddress(documentAddress(given))).toEqual(given);
    }),
  );
});

it("the path is the name, by which the editor titles a document and chooses its language", () => {
  expect(documentAddress({ kind: "policyFile", name: "ports/devel/foo/Makefile" }).path).toBe(
    "/ports/devel/foo/Makefile",
  );
});

const hash = "a".repeat(64);
it.each([
  ["", ""],
  ["/name", ""],
  ["/name", "kind=artifact"],
  ["/name", "kind=artifact&sha256=abc"],
  ["/", `kind=artifact&sha256=${hash}`],
  ["/name", `kind=logPart&sha256=${hash}&from=-1&to=2`],
  ["/name", `kind=review&caseId=c&diff=${hash}&side=left`],
  ["/name", `kind=review&caseId=c&diff=${hash}&side=original&sha256=abc`],
  ["/name", `kind=review&diff=${hash}&side=original`],
  ["/name", "kind=caseText&caseId=c&text=secret"],
  ["/name", "kind=caseText&text=notes"],
  ["/name", "kind=other"],
  ["/bundle/c", ""],
  ["/bundle/%/b", ""],
  ["/env/UP/work", ""],
  ["/env/name/etc/passwd", ""],
  ["/env/name/workshop", ""],
])("%j?%s names no document", (path, query) => expect(parseDocumentAddress({ path, query })).toBeUndefined());
