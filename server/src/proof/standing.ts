import { isDeepStrictEqual } from "node:util";
import type { Case, Proof, ProofWishes } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import type { ProofSetup } from "./prove.ts";

/**
 * The newest proof of the case that a new one could only repeat: of the same diff and failure, on the commits that the trees
 * are at now, made in the same way. null when there is none.
 */
export async function standingProof(
  store: Store,
  { trees, manager, builder, version }: Omit<ProofSetup, "blobs">,
  { id, signature, phase, classification }: Case,
  diffSha256: string,
  asked: ProofWishes | undefined,
): Promise<Proof | null> {
  const present = (await trees?.present()) ?? null;
  if (present === null) return null;
  const now = {
    ...{ verdict: "proved", diffSha256, trees: present, expected: { signature, phase, classification } },
    ...{ environment: manager.kind, farKind: manager.farKind, builder: builder.name, version, asked },
  };
  const same = (proof: Proof) => {
    const { verdict, expected, environment, farKind, builder: by, tools } = proof;
    const then = {
      verdict,
      diffSha256: proof.diffSha256,
      trees: proof.trees,
      expected,
      environment,
      farKind,
    };
    return isDeepStrictEqual({ ...then, builder: by, version: tools?.portwright, asked: proof.asked }, now);
  };
  return store.proofsOf(id).findLast((proof) => proof.repeats === undefined && same(proof)) ?? null;
}
