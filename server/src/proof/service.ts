import { Unhealthy } from "../environments/errors.ts";
import type { ManagerOptions } from "../environments/manager.ts";
import { type MethodResult, PortwrightError, type Proof } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import { resolveCase } from "../tracker/resolve.ts";
import { checkProof, isSound } from "./check.ts";
import { exportProof } from "./export.ts";
import { type ProofSetup, prove } from "./prove.ts";
import { atCommits, compareProofs } from "./repeat.ts";
import type { SourceTrees } from "./trees.ts";

export interface ProofServiceOptions {
  store: Store;
  trees: SourceTrees;
  /** Why nothing can be built, where that is so: records are checked all the same. */
  repeating: { setup: Omit<ProofSetup, "blobs">; manager: ManagerOptions } | { refused: string };
}

const buildNames = ["building without the diff", "building with the diff"];

interface Watching {
  signal: AbortSignal;
  /** Text for a person. */
  progress: (text: string) => void;
}

/** What is done with a proof once it is made; every refusal is a PortwrightError with its remedy. */
export interface ProofService {
  /** By its id, or the one that a case shows. */
  find(ref: string, target?: string): Proof;
  verify(proof: Proof): Promise<MethodResult<"proof/verify">>;
  repeat(proof: Proof, watching: Watching): Promise<MethodResult<"proof/repeat">>;
  export(proof: Proof): Promise<MethodResult<"proof/export">>;
}

export function createProofService({ store, trees, repeating }: ProofServiceOptions): ProofService {
  const { blobs } = store;
  let busy = false;

  async function repeat(proof: Proof, { signal, progress }: Watching): Promise<MethodResult<"proof/repeat">> {
    if ("refused" in repeating) throw new PortwrightError("environment", repeating.refused);
    const present = await trees.present();
    if (present === null)
      throw new PortwrightError("environment", 'no trees are configured; set "trees" in portwright.json');
    const subject = store.case(proof.caseId);
    const { expected = subject, origin = subject?.origin, flavor = subject?.flavor ?? "" } = proof;
    const target = proof.target ?? subject?.target;
    if (!expected || origin === undefined || target === undefined)
      throw new PortwrightError("notFound", `the case of proof ${proof.id} is gone`);
    const diff = (await blobs.read(proof.diffSha256)).data.toString("utf8");
    const { setup, manager: options } = repeating;
    const repeated = await atCommits(setup.manager, options, { proof, present, signal }, (manager) =>
      prove({
        ...{ ...setup, blobs, manager, signal, diff, origin, flavor, target, expected, repeats: proof.id },
        asks: proof.asked,
        ...{ caseId: proof.caseId, attemptId: proof.attemptId },
        onBuild: (number) => progress(buildNames[number - 1] ?? "building a port that depends on it"),
        onPhase: progress,
      }),
    );
    store.append([{ type: "proof/recorded", payload: repeated }]);
    const findings = compareProofs(proof, repeated);
    return { proof, repeated, findings, sound: isSound(findings) };
  }

  return {
    find(ref, target) {
      const proof = store.proof(ref);
      if (proof !== null) return expectSame(proof, { id: ref });
      const subject = resolveCase(store, ref, target);
      const { id: caseId, proofId } = subject;
      const own = proofId === null ? null : store.proof(proofId);
      if (proofId !== null && own !== null) return expectSame(own, { id: proofId, caseId });
      throw new PortwrightError(
        "notFound",
        `${subject.origin} has no proof: \`portwright case verify ${subject.id}\` makes one`,
      );
    },

    async verify(proof) {
      const deliveries = store.deliveriesOf(proof.caseId);
      const findings = await checkProof(proof, { blobs, trees, deliveries });
      return { proof, findings, sound: isSound(findings) };
    },

    async repeat(proof, watching) {
      // Builds of people beside those of jobs: one at a time, or they would outrun the machine.
      if (busy)
        throw new PortwrightError(
          "badState",
          "another proof is being repeated: wait for its end, then try again",
        );
      busy = true;
      try {
        return await repeat(proof, watching);
      } catch (error) {
        if (!(error instanceof Unhealthy)) throw error;
        throw new PortwrightError("environment", error.message, error);
      } finally {
        busy = false;
      }
    },

    async export(proof) {
      return { proof, files: await exportProof(blobs, proof) };
    },
  };
}

/** A state that was tampered with may have another record in its place, which is sound in itself. */
function expectSame(proof: Proof, { id, caseId }: { id: string; caseId?: string }): Proof {
  if (proof.id === id && (caseId ?? proof.caseId) === proof.caseId) return proof;
  throw new PortwrightError(
    "internal",
    `in the place of proof ${id} the state holds the record of proof ${proof.id} of case ${proof.caseId}: put back a copy of the state`,
  );
}
