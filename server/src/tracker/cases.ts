import type { Bundle, Case, CaseState, Diagnosis } from "../protocol/index.ts";
import { type CaseAction, caseTransition } from "./lifecycle.ts";

const noEvidence = "no-evidence";

/** What is said of a failure whose log is not there, or empty. */
export function undiagnosed(phase: string | null, reason: string): Diagnosis {
  return {
    ...{
      classification: "unknown",
      confidence: "low",
      phase,
      reason,
      cause: null,
      findings: [],
      extract: "",
    },
    signature: { version: 1, id: noEvidence, key: "no evidence" },
    ...{ outcome: "unknown", injection: false },
  };
}

/**
 * The case of a port after one more failure. A bundle without a log counts, yet leaves diagnosis and evidence of an
 * earlier one as they are: it cannot tell one cause from another.
 */
export function caseAfterFailure(
  existing: Case | null,
  bundle: Bundle,
  maintainer: string | null,
  newId: () => string,
): Case {
  const facts = {
    ...(bundle.pkgname === "" ? {} : { pkgname: bundle.pkgname }),
    ...(maintainer === null ? {} : { maintainer }),
  };
  if (existing === null) return { ...newCase(bundle, newId()), ...diagnosed(bundle), ...facts };
  const counted = {
    ...existing,
    ...facts,
    bundles: existing.bundles + 1,
    updatedAt: Math.max(existing.updatedAt, bundle.at),
  };
  const signature = bundle.diagnosis.signature.id;
  if (signature === noEvidence) return opened(existing, moved(counted, "failed-again"));
  const again = signature === existing.signature;
  const action = again ? "failed-again" : "failed-otherwise";
  return opened(existing, moved({ ...counted, ...diagnosed(bundle) }, action));
}

/** A case that was opened again knows how often, and what it was about before. */
function opened(before: Case, after: Case): Case {
  if (after.state !== "open" || before.state === "open") return after;
  return { ...after, iteration: (before.iteration ?? 1) + 1, previousBundleId: before.bundleId };
}

/** The case of a port that builds again; null when there is nothing to change. */
export function caseAfterSuccess(existing: Case | null, at: number): Case | null {
  if (existing === null || existing.state === "closed") return null;
  const { blocked: _, ...freed } = existing;
  return moved({ ...freed, updatedAt: Math.max(existing.updatedAt, at) }, "built");
}

function newCase(bundle: Bundle, id: string) {
  const { target, origin, flavor, at } = bundle;
  return {
    ...{ id, target, origin, flavor, state: "open" as CaseState, bundles: 1, decision: null },
    ...{ attempts: 0, builds: 0, tokens: 0, diffSha256: null, proofId: null, handOver: null },
    ...{ openedAt: at, updatedAt: at },
  };
}

function diagnosed(bundle: Bundle) {
  const { classification, confidence, phase, cause, reason, signature } = bundle.diagnosis;
  return {
    classification,
    confidence,
    phase,
    cause: cause?.text ?? reason,
    signature: signature.id,
    bundleId: bundle.id,
  };
}

/** A reopened case starts over: decision, fix and hand-over of the earlier failure do not hold for this one. */
function moved(changed: Case, action: CaseAction): Case {
  const state = caseTransition(changed.state, action);
  if (state === null) throw new Error(`a case that is ${changed.state} takes no ${action}`);
  if (state !== "open" || changed.state === "open") return { ...changed, state };
  const { triage: _, ...open } = changed;
  return { ...open, state, decision: null, diffSha256: null, proofId: null, handOver: null };
}
