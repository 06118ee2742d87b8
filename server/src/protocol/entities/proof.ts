import { z } from "zod";
import { EnvironmentKind, FailureClass, ProofVerdict } from "../vocabulary.ts";
import { Sha256, Time } from "./base.ts";

/** What a fix has to pass, or is told of, beside its own build. */
export const ProofWishes = z.object({
  /** Targets of the ports framework, e.g. `stage-qa`. */
  checks: z.array(z.string()),
  /** Most ports that depend on it and are built after it. */
  dependents: z.int().nonnegative(),
});
export type ProofWishes = z.infer<typeof ProofWishes>;

/** `broken`: it fails, and was not known to; `failing`: it has a case of its own; `unknown`: it could not be tried. */
export const ProofDependent = z.object({
  origin: z.string(),
  flavor: z.string(),
  state: z.enum(["builds", "broken", "failing", "unknown"]),
  /** How it failed, or why it could not be tried; "" when it builds. */
  said: z.string(),
  logSha256: Sha256.nullable(),
});
export type ProofDependent = z.infer<typeof ProofDependent>;

/** The server's own record of what a diff did to a port; fields that are optional are absent in records from before they were kept. */
export const Proof = z.object({
  id: z.string(),
  caseId: z.string(),
  attemptId: z.string(),
  /** Of the proof that was repeated to compare with it; absent for one that decides about its case. */
  repeats: z.string().optional(),
  verdict: ProofVerdict,
  reason: z.string(),
  environment: EnvironmentKind,
  /** With kind `ssh`: how the other host kept them apart. */
  farKind: EnvironmentKind.optional(),
  builder: z.string(),
  /** Versions by name: of Portwright, the builder, the compiler, the system. */
  tools: z.record(z.string(), z.string()).optional(),
  target: z.string().optional(),
  origin: z.string().optional(),
  flavor: z.string().optional(),
  diffSha256: Sha256,
  /** Commit of each tree that the proof started from. */
  trees: z.record(z.string(), z.string()),
  /** Git's hash of the whole content of each tree at that commit; a tree whose commit is not known has none. */
  treeHashes: z.record(z.string(), z.string()).optional(),
  /** Hash of the composed inputs that the passing build used, and of those of the build without the diff. */
  inputSha256: z.string(),
  baselineInputSha256: z.string().optional(),
  /** How the port was to fail without the diff. */
  expected: z
    .object({ signature: z.string(), phase: z.string().nullable(), classification: FailureClass })
    .optional(),
  baseline: z.object({ phase: z.string().nullable(), signature: z.string(), logSha256: Sha256 }).nullable(),
  build: z.object({ phase: z.string().nullable(), passed: z.boolean(), logSha256: Sha256 }).nullable(),
  /** What the policy wanted beside the build. */
  asked: ProofWishes.optional(),
  /** Targets of the framework that were made after the build with the diff; absent when none was asked for. */
  checks: z
    .object({
      targets: z.array(z.string()),
      phase: z.string().nullable(),
      /** All were, but for those that failed in the same way without the diff. */
      passed: z.boolean(),
      logSha256: Sha256,
      /** Those, with the logs of the port without the diff; absent when there are none. */
      known: z.array(z.object({ target: z.string(), logSha256: Sha256 })).optional(),
    })
    .optional(),
  /** Ports that depend on it, built after it; absent when none was asked for. */
  dependents: z.array(ProofDependent).optional(),
  /** Why a person should look twice: suspicious changes found in the diff. */
  flags: z.array(z.string()),
  startedAt: Time,
  endedAt: Time,
  /** Of this record's text as `proof export` writes it, without this field. */
  recordSha256: Sha256.optional(),
});
export type Proof = z.infer<typeof Proof>;

/** What checking one part of a proof came to; `unchecked`: what it takes is not here. */
export const ProofFinding = z.object({
  what: z.string(),
  state: z.enum(["same", "differs", "missing", "unchecked"]),
  said: z.string(),
});
export type ProofFinding = z.infer<typeof ProofFinding>;
