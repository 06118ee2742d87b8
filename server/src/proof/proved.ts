import type { Case, Proof } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";

/** The proof of the diff that the case shows; null when that diff is not proved. */
export function proofOf(store: Store, { proofId, diffSha256 }: Case): Proof | null {
  const proof = proofId ? store.proof(proofId) : null;
  return proof?.verdict === "proved" && proof.diffSha256 === diffSha256 ? proof : null;
}
