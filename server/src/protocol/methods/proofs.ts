import { z } from "zod";
import { Sha256 } from "../entities/base.ts";
import { Proof, ProofFinding } from "../entities/proof.ts";
import type { MethodTable } from "./shared.ts";

/** A proof's id, or a case (its id or its port) whose proof is meant. */
const ProofRef = z.object({ proof: z.string().min(1), target: z.string().optional() });

export const proofMethods = {
  "proof/get": [ProofRef, z.object({ proof: Proof })],
  /** Computes every hash of the record anew from what is stored; builds nothing. `sound`: nothing differs or is missing. */
  "proof/verify": [ProofRef, z.object({ proof: Proof, sound: z.boolean(), findings: z.array(ProofFinding) })],
  /**
   * Makes the proof once more, from the same commits, as a record of its own that decides nothing about the case, and
   * compares both. Runs as long as the request: cancelling that ends it.
   */
  "proof/repeat": [
    ProofRef,
    z.object({ proof: Proof, repeated: Proof, sound: z.boolean(), findings: z.array(ProofFinding) }),
  ],
  /** The files of a folder that a stranger can check; each is stored under its hash. The same proof gives the same bytes. */
  "proof/export": [
    ProofRef,
    z.object({
      proof: Proof,
      files: z.array(z.object({ name: z.string(), sha256: Sha256, bytes: z.int().nonnegative() })),
    }),
  ],
} as const satisfies MethodTable;
