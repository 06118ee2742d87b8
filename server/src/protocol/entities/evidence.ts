import { z } from "zod";
import { Confidence, FailureClass } from "../vocabulary.ts";
import { Sha256, Time } from "./base.ts";

export const Signature = z.object({ version: z.int(), id: z.string(), key: z.string() });
export type Signature = z.infer<typeof Signature>;

/** One thing that a log line says, with what later stages need of it in `captures`. */
export const Finding = z.object({
  kind: z.string(),
  line: z.int().positive(),
  offset: z.int().nonnegative(),
  text: z.string(),
  phase: z.string().nullable(),
  file: z.string().optional(),
  symbol: z.string().optional(),
  captures: z.record(z.string(), z.string()),
  confidence: z.number().min(0).max(1),
  role: z.enum(["primary", "secondary", "terminal"]),
});
export type Finding = z.infer<typeof Finding>;

export const Diagnosis = z.object({
  classification: FailureClass,
  confidence: Confidence,
  phase: z.string().nullable(),
  reason: z.string(),
  cause: Finding.nullable(),
  findings: z.array(Finding),
  signature: Signature,
  /** Quoted log lines within the byte budget; untrusted text. */
  extract: z.string(),
  outcome: z.enum(["failed", "succeeded", "unknown"]),
  /** The log holds text that reads like orders to an agent. */
  injection: z.boolean(),
});
export type Diagnosis = z.infer<typeof Diagnosis>;

export const Artifact = z.object({
  /** Path inside the bundle, e.g. `logs/full.log` or `port/Makefile`. */
  name: z.string(),
  sha256: Sha256,
  bytes: z.int(),
});
export type Artifact = z.infer<typeof Artifact>;

export const Bundle = z.object({
  id: z.string(),
  runId: z.string(),
  target: z.string(),
  origin: z.string(),
  flavor: z.string(),
  pkgname: z.string(),
  diagnosis: Diagnosis,
  artifacts: z.array(Artifact),
  /** What intake found missing or damaged, in words for a person. */
  problems: z.array(z.string()),
  at: Time,
});
export type Bundle = z.infer<typeof Bundle>;
