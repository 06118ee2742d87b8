import type { Diagnosis, Finding } from "../../protocol/index.ts";
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
}

/** A quoted line: its number (1-based) and cleaned, clipped text. */
export interface QuotedLine {
  line: number;
  text: string;
}

/** A finding with the lines about it, kept for ranking and the extract. */
export interface Sighting {
  finding: DistilledFinding;
  /** The visit of a phase in which the line stands, null before the first. */
  segment: Segment | null;
  /** The line quotes a command or a probe and does not report anything itself. */
  doubtful: boolean;
  /** How often a line of the same meaning came. */
  count: number;
  before: QuotedLine[];
  after: QuotedLine[];
}

/** One visit of a phase. */
export interface Segment {
  phase: string | null;
  /** From a builder's own banner, not guessed from the framework's `===>` lines. */
  firm: boolean;
  verdict: "failed" | "succeeded" | null;
  firstLine: number;
}
