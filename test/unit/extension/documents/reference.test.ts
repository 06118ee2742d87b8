import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type DocumentReference,
  documentAddress,
  parseDocumentAddress,
} from "../../../../extension/src/documents/reference.ts";

const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/);
const part = fc.stringMatching(/^[\w@+.-]{1,12}$/);
const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const reference: fc.Arbitrary<DocumentReference> = fc.oneof(
  fc.record({ kind: fc.constant("artifact" as const), sha256, name }),
  fc.record({
    kind: fc.constant("patched" as const),
    diff: sha256,
    original: fc.option(sha256, { nil: null }),
    name,
  }),
  fc.record({ kind: fc.constant("removed" as const), diff: sha256, name }),
  fc.record({ kind: fc.constant("empty" as const), name }),
  fc.record({ kind: fc.constant("handOver" as const), caseId: fc.string({ minLength: 1 }), name }),
);

it("every reference is found again by its address", () => {
  fc.assert(
    fc.property(reference, (given) => {
      expect(parseDocumentAddress(documentAddress(given))).toEqual(given);
    }),
  );
});

it("the path is the name, by which the editor titles a document and chooses its language", () => {
  expect(documentAddress({ kind: "empty", name: "ports/devel/foo/Makefile" }).path).toBe(
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
  ["/name", `kind=patched&diff=${hash}&original=abc`],
  ["/name", `kind=patched&original=${hash}`],
  ["/name", "kind=handOver"],
  ["/name", "kind=other"],
])("%j?%s names no document", (path, query) => expect(parseDocumentAddress({ path, query })).toBeUndefined());
