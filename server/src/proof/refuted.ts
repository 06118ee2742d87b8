import type { Bundle, Case, NewEvent, Proof } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import { caseAfterFailure, caseAfterSuccess } from "../tracker/cases.ts";
import { noted, serverName } from "../tracker/notes.ts";
import { redactedDiagnosis } from "../tracker/redacted.ts";
import type { OtherFailure } from "./prove.ts";

export interface Refutation {
  proof: Proof;
  /** null when the port did not fail without the diff, or nothing can be said of it. */
  otherwise: OtherFailure | null;
  redact?: ((text: string) => string) | undefined;
  at: number;
  newId: () => string;
}

/**
 * What a clean environment says against a case: it is closed where the port builds there untouched, and is about another
 * failure where it fails otherwise. null where a person has to look: nothing was learnt, or the case was told the same
 * before, so that it would go round for ever.
 */
export function refuted(store: Store, subject: Case, refutation: Refutation): NewEvent[] | null {
  const { proof, at } = refutation;
  const before = store
    .proofsOf(subject.id)
    .some(
      ({ id, verdict, expected, repeats }) =>
        id !== proof.id &&
        repeats === undefined &&
        verdict === proof.verdict &&
        expected?.signature === proof.expected?.signature,
    );
  if (before) return null;
  const note = (words: string): NewEvent => {
    const text = `${words} (proof ${proof.id}).`;
    return noted({ caseId: subject.id, who: serverName, text }, { now: () => at, newId: refutation.newId });
  };
  if (proof.verdict === "baseline-passes") {
    const closed = caseAfterSuccess(subject, at);
    if (closed === null) return null;
    const words = "Closed: the port builds untouched in a clean environment. The next failure opens it again";
    return [
      { type: "case/changed", payload: { ...closed, proofId: proof.id, handOver: words } },
      note(words),
    ];
  }
  const bundle = evidenceOf(store, subject, refutation);
  if (bundle === null) return null;
  const reopened = caseAfterFailure(subject, bundle, null, refutation.newId);
  // Only evidence that can be told from what was known makes another case of it.
  if (reopened.state !== "open") return null;
  return [
    { type: "bundle/added", payload: bundle },
    { type: "case/changed", payload: reopened },
    note(`Opened anew: ${proof.reason}`),
  ];
}

/** The build without the diff as evidence; it belongs to the run that the case is known from. */
function evidenceOf(
  store: Store,
  { bundleId, target, origin, flavor }: Case,
  { proof, otherwise, redact, at, newId }: Refutation,
): Bundle | null {
  const known = store.bundle(bundleId);
  const sha256 = proof.baseline?.logSha256;
  if (known === null || otherwise === null || sha256 === undefined) return null;
  return {
    ...{ id: newId(), runId: known.runId, target, origin, flavor, pkgname: known.pkgname, at },
    diagnosis: redactedDiagnosis(otherwise.diagnosis, redact),
    artifacts: [{ name: "logs/full.log", sha256, bytes: otherwise.logBytes }],
    problems: [`built by proof ${proof.id} in a clean environment, without its diff`],
  };
}
