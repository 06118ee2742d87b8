import type { Diagnosis, Finding } from "../../protocol/index.ts";
import type { ConfigLogSlice } from "./configLog.ts";
import type { FindingKind } from "./kinds.ts";

export interface DistilledFinding extends Finding {
  kind: FindingKind;
}

/** What one pass over a log yields; `lines` and `bytes` are the whole log's. */
export interface Distillation extends Diagnosis {
  version: 1;
  cause: DistilledFinding | null;
  findings: DistilledFinding[];
  lines: number;
  bytes: number;
}

export interface DistillOptions {
  /** Budget of the extract in bytes of UTF-8, default 8192. */
  extractBytes?: number;
  /** Phase that the builder itself names as the failing one; outranks what the log says. */
  builderPhase?: string;
  /** What `sliceConfigLog` took from the configure script's own log, where a bundle holds that. */
  configLog?: ConfigLogSlice | null;
}

/** A quoted line: its number (1-based) and cleaned, clipped text. */
export interface QuotedLine {
  line: number;
  text: string;
}

/** The output of one command that ninja headed with `FAILED:`, that line included. */
export interface FailedBlock {
  target: string;
  lines: QuotedLine[];
}

/** A finding with the lines about it, kept for ranking and the extract. */
export interface Sighting {
  finding: DistilledFinding;
  /** The visit of a phase in which the line stands, null before the first. */
  segment: Segment | null;
  /** The line quotes a command or a probe and does not report anything itself. */
  doubtful: boolean;
  /** How often a line of the same meaning came, and where last. */
  repeats: Repeats;
  /** The make target in whose output it stands, null where the log does not say. */
  job: string | null;
  block: FailedBlock | null;
  before: QuotedLine[];
  after: QuotedLine[];
}

/** Shared by a finding that is kept and what recognises its repeats. */
export interface Repeats {
  count: number;
  lastLine: number;
  lastOffset: number;
}

/** One visit of a phase. */
export interface Segment {
  phase: string | null;
  /** From a builder's own banner, not guessed from the framework's `===>` lines. */
  firm: boolean;
  verdict: "failed" | "succeeded" | null;
  firstLine: number;
}
