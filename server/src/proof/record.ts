import { createHash } from "node:crypto";
import type { Proof } from "../protocol/index.ts";

/**
 * The record as a text that is the same wherever it is written: JSON with sorted keys, two spaces, a newline at its end.
 * Its hash is left out, as it is the hash of just this.
 */
export function recordText({ recordSha256: _, ...record }: Proof): string {
  const sorted = (_key: string, value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return `${JSON.stringify(record, sorted, 2)}\n`;
}

export function sealed(proof: Proof): Proof {
  return { ...proof, recordSha256: recordHash(proof) };
}

export function recordHash(proof: Proof): string {
  return createHash("sha256").update(recordText(proof)).digest("hex");
}

/** A log or a diff that a proof rests on, by the name of its file in an export. */
export interface ProofPart {
  name: string;
  what: string;
  /** Where its hash stands in the record. */
  field: string;
  sha256: string;
}

export function partsOf({ diffSha256, baseline, build, checks, dependents = [] }: Proof): ProofPart[] {
  const log = (name: string, field: string, what: string, sha256: string | null | undefined): ProofPart[] =>
    sha256 ? [{ name, what, field: `${field}.logSha256`, sha256 }] : [];
  return [
    { name: "fix.diff", what: "the diff", field: "diffSha256", sha256: diffSha256 },
    ...log("baseline.log", "baseline", "the log of the build without the diff", baseline?.logSha256),
    ...log("build.log", "build", "the log of the build with the diff", build?.logSha256),
    ...log("checks.log", "checks", "the log of its checks", checks?.logSha256),
    ...(checks?.known ?? []).flatMap(({ target, logSha256 }, index) => {
      const what = `the log of ${target}, which fails without the diff too`;
      return log(`baseline-${target}.log`, `checks.known.${index}`, what, logSha256);
    }),
    ...dependents.flatMap(({ origin, logSha256 }, index) => {
      const what = `the log of ${origin}, which depends on it`;
      return log(`dependent-${index + 1}.log`, `dependents.${index}`, what, logSha256);
    }),
  ];
}
