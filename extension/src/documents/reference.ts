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

/** Parts of a URI: the path is for people and for choosing a language, the query says which document it is. */
export interface DocumentAddress {
  path: string;
  query: string;
}

const sha256Pattern = /^[0-9a-f]{64}$/;

export function documentAddress({ name, ...rest }: DocumentReference): DocumentAddress {
  const entries = Object.entries(rest).filter((entry): entry is [string, string] => entry[1] !== null);
  return { path: `/${name}`, query: new URLSearchParams(entries).toString() };
}

/** Undefined for an address that names no document. */
export function parseDocumentAddress({ path, query }: DocumentAddress): DocumentReference | undefined {
  const name = path.slice(1);
  const values = new URLSearchParams(query);
  const hash = (key: string): string | null => {
    const value = values.get(key);
    return value && sha256Pattern.test(value) ? value : null;
  };
  const kind = values.get("kind");
  const [sha256, diff, original, caseId] = [
    hash("sha256"),
    hash("diff"),
    hash("original"),
    values.get("caseId"),
  ];
  if (!name) return undefined;
  if (kind === "empty") return { kind, name };
  if (kind === "artifact" && sha256) return { kind, sha256, name };
  if (kind === "removed" && diff) return { kind, diff, name };
  if (kind === "patched" && diff && (original || !values.has("original")))
    return { kind, diff, original, name };
  if (kind === "handOver" && caseId) return { kind, caseId, name };
  return undefined;
}
