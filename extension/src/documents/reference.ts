/**
 * What a `portwright:` document shows. Each is found again by its address alone, so that an editor which the
 * workbench restores has its content. `name` is the path that people see, and by which a language is chosen.
 */
export type DocumentReference =
  /** A blob as it is; of a log, of which case it is. */
  | {
      readonly kind: "artifact";
      readonly sha256: string;
      readonly name: string;
      readonly caseId?: string | undefined;
    }
  /** Whole lines of a log between two offsets, for one that is too large to be opened at once. */
  | {
      readonly kind: "logPart";
      readonly sha256: string;
      readonly from: number;
      readonly to: number;
      readonly name: string;
      readonly caseId?: string | undefined;
    }
  /** One side of a file of a case's diff; `sha256` null where the file is not there. */
  | {
      readonly kind: "review";
      readonly caseId: string;
      readonly diff: string;
      readonly side: ReviewSide;
      readonly sha256: string | null;
      readonly name: string;
    }
  /** Result of a tool call of a session, as the model saw it. */
  | {
      readonly kind: "callResult";
      readonly caseId: string;
      readonly attempt: number;
      readonly turn: number;
      readonly call: string;
      readonly name: string;
    }
  /** A text that the server makes about a case. */
  | { readonly kind: "caseText"; readonly text: CaseText; readonly caseId: string; readonly name: string }
  | { readonly kind: "policyFile"; readonly name: string }
  /** A file or folder of a bundle; path "" is the bundle itself. */
  | {
      readonly kind: "bundle";
      readonly caseId: string;
      readonly bundleId: string;
      readonly path: string;
    }
  /** A file or folder of an environment, below /work. */
  | { readonly kind: "environment"; readonly environment: string; readonly path: string };

export const reviewSides = ["original", "patched"] as const;
export type ReviewSide = (typeof reviewSides)[number];
export const caseTexts = ["handOver", "notes", "activity", "explanation", "delivery"] as const;
export type CaseText = (typeof caseTexts)[number];

/** Parts of a URI: of a file or folder the path says everything, of other documents the query says which one it is. */
export interface DocumentAddress {
  path: string;
  query: string;
}

export function documentAddress(reference: DocumentReference): DocumentAddress {
  if (reference.kind === "bundle") {
    const { caseId, bundleId, path } = reference;
    const ids = [caseId, bundleId].map(encodeURIComponent).join("/");
    return { path: `/bundle/${ids}${path && `/${path}`}`, query: "" };
  }
  if (reference.kind === "environment")
    return { path: `/env/${reference.environment}${reference.path}`, query: "" };
  const { name, ...rest } = reference;
  const entries = Object.entries(rest)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]): [string, string] => [key, String(value)]);
  return { path: `/${name}`, query: new URLSearchParams(entries).toString() };
}

/** Undefined for an address that names no document. */
export function parseDocumentAddress({ path, query }: DocumentAddress): DocumentReference | undefined {
  return query === "" ? parsePath(path) : parseQuery(path.slice(1), new URLSearchParams(query));
}

function parsePath(path: string): DocumentReference | undefined {
  const [, caseId, bundleId, rest = ""] = /^\/bundle\/([^/]+)\/([^/]+)(?:\/(.*))?$/.exec(path) ?? [];
  if (caseId && bundleId) {
    const [decodedCase, decodedBundle] = [caseId, bundleId].map(decodePart);
    return decodedCase && decodedBundle
      ? { kind: "bundle", caseId: decodedCase, bundleId: decodedBundle, path: rest.replace(/\/$/, "") }
      : undefined;
  }
  const [, environment, inside] = /^\/env\/([a-z0-9-]+)(\/work(?:\/.*)?)$/.exec(path) ?? [];
  return environment && inside ? { kind: "environment", environment, path: inside } : undefined;
}

/** Undefined for what no address of ours holds. */
function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

const sha256Pattern = /^[0-9a-f]{64}$/;

function parseQuery(name: string, values: URLSearchParams): DocumentReference | undefined {
  const hash = (key: string): string | undefined => {
    const value = values.get(key) ?? "";
    return sha256Pattern.test(value) ? value : undefined;
  };
  const count = (key: string): number | undefined => {
    const value = values.get(key) ?? "";
    return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
  };
  const [sha256, diff, caseId] = [hash("sha256"), hash("diff"), values.get("caseId")];
  const ofCase = caseId ? { caseId } : {};
  const kind = values.get("kind");
  if (!name) return undefined;
  switch (kind) {
    case "artifact":
      return sha256 ? { kind, sha256, name, ...ofCase } : undefined;
    case "logPart": {
      const [from, to] = [count("from"), count("to")];
      return sha256 && from !== undefined && to !== undefined
        ? { kind, sha256, from, to, name, ...ofCase }
        : undefined;
    }
    case "review": {
      const side = reviewSides.find((known) => known === values.get("side"));
      if (!caseId || !diff || !side || (values.has("sha256") && !sha256)) return undefined;
      return { kind, caseId, diff, side, sha256: sha256 ?? null, name };
    }
    case "callResult": {
      const [attempt, turn, call] = [count("attempt"), count("turn"), values.get("call")];
      return caseId && attempt && turn && call ? { kind, caseId, attempt, turn, call, name } : undefined;
    }
    case "caseText": {
      const text = caseTexts.find((known) => known === values.get("text"));
      return caseId && text ? { kind, text, caseId, name } : undefined;
    }
    case "policyFile":
      return { kind, name };
    default:
      return undefined;
  }
}
