/**
 * What a `portwright:` document shows. Each is found again by its address alone, so that an editor which the
 * workbench restores has its content.
 */
export type DocumentReference =
  /** A blob as it is. */
  | { readonly kind: "artifact"; readonly sha256: string; readonly name: string }
  /** One file after a diff: `original` is the blob to which it applies, null for a file that the diff makes. */
  | {
      readonly kind: "patched";
      readonly diff: string;
      readonly original: string | null;
      readonly name: string;
    }
  /** A file as it was before the diff that deletes it. */
  | { readonly kind: "removed"; readonly diff: string; readonly name: string }
  | { readonly kind: "empty"; readonly name: string }
  | { readonly kind: "handOver"; readonly caseId: string; readonly name: string };

const sha256 = /^[0-9a-f]{64}$/;
const none = "none";

/** Path of the document's address; it ends in `name`, by which the editor titles it and chooses a language. */
export function documentPath(reference: DocumentReference): string {
  const { name } = reference;
  switch (reference.kind) {
    case "artifact":
      return `/artifact/${reference.sha256}/${name}`;
    case "patched":
      return `/patched/${reference.diff}/${reference.original ?? none}/${name}`;
    case "removed":
      return `/removed/${reference.diff}/${name}`;
    case "empty":
      return `/empty/${name}`;
    case "handOver":
      return `/hand-over/${encodeURIComponent(reference.caseId)}/${name}`;
  }
}

/** Undefined for an address that names no document. */
export function parseDocumentPath(path: string): DocumentReference | undefined {
  const [, kind, first = "", ...rest] = path.split("/");
  const name = rest.join("/");
  if (kind === "artifact" && sha256.test(first) && name) return { kind, sha256: first, name };
  if (kind === "removed" && sha256.test(first) && name) return { kind, diff: first, name };
  if (kind === "empty" && first) return { kind, name: [first, ...rest].join("/") };
  if (kind === "hand-over" && first && name)
    return { kind: "handOver", caseId: decodeURIComponent(first), name };
  const [original = "", ...names] = rest;
  const isOriginal = original === none || sha256.test(original);
  if (kind !== "patched" || !sha256.test(first) || !isOriginal || names.length === 0) return undefined;
  return { kind, diff: first, original: original === none ? null : original, name: names.join("/") };
}
