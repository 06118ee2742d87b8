import { createReadStream } from "node:fs";
import type { Diagnosis } from "../protocol/index.ts";
import type { ProofRequest } from "./prove.ts";

type Distil = (log: AsyncIterable<Uint8Array>, options: { builderPhase?: string }) => Promise<Diagnosis>;

/** Distils a build's log file as evidence is distilled, so that signatures can be compared. */
export function diagnoseWith(distil: Distil): ProofRequest["diagnose"] {
  return (logPath, failedPhase) =>
    distil(createReadStream(logPath), failedPhase === null ? {} : { builderPhase: failedPhase });
}
