import { createReadStream } from "node:fs";
import type { Diagnosis } from "../protocol/index.ts";
import type { ProofRequest } from "./prove.ts";

type Distil = (
  log: AsyncIterable<Uint8Array>,
  options: { builderPhase?: string },
) => Promise<Pick<Diagnosis, "signature" | "classification" | "phase">>;

/** Distils a build's log file as evidence is distilled, so that signatures can be compared. */
export function diagnoseWith(distil: Distil): ProofRequest["diagnose"] {
  return async (logPath, failedPhase) => {
    const options = failedPhase === null ? {} : { builderPhase: failedPhase };
    const { signature, classification, phase } = await distil(createReadStream(logPath), options);
    return { signature: signature.id, classification, phase };
  };
}
