import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type DocumentReference,
  documentPath,
  parseDocumentPath,
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

it("every reference is found again by its path", () => {
  fc.assert(
    fc.property(reference, (given) => {
      expect(parseDocumentPath(documentPath(given))).toEqual(given);
    }),
  );
});

it.each([
  "",
  "/",
  "/artifact",
  "/artifact/abc/name",
  `/artifact/${"a".repeat(64)}`,
  `/patched/${"a".repeat(64)}/else/name`,
  "/empty/",
  "/other/x/y",
])("%j names no document", (path) => expect(parseDocumentPath(path)).toBeUndefined());
