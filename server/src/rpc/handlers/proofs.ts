import type { Handlers } from "../context.ts";

type ProofMethods = "proof/get" | "proof/verify" | "proof/repeat" | "proof/export";

export const proofHandlers: Pick<Handlers, ProofMethods> = {
  async "proof/get"({ proof, target }, { services: { proofs } }) {
    return { proof: proofs.find(proof, target) };
  },

  async "proof/verify"({ proof, target }, { services: { proofs } }) {
    return proofs.verify(proofs.find(proof, target));
  },

  async "proof/repeat"({ proof, target }, { services: { proofs }, signal, progress }) {
    return proofs.repeat(proofs.find(proof, target), { signal, progress });
  },

  async "proof/export"({ proof, target }, { services: { proofs } }) {
    return proofs.export(proofs.find(proof, target));
  },
};
