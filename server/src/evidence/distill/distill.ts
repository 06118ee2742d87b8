import { Readable } from "node:stream";
import type { Confidence, FailureClass } from "../../protocol/index.ts";
import type { Tie } from "./causal.ts";
import { Collector } from "./collector.ts";
import { ConfigLogReader, type ConfigLogSlice } from "./configLog.ts";
import { type Material, renderExtract } from "./extract.ts";
import { classOf } from "./kinds.ts";
import { LineReader } from "./lines.ts";
import { failingSegment, outcomeOf } from "./outcome.ts";
import { rank } from "./rank.ts";
import { explain, fallbackClass, hintedClass } from "./reason.ts";
import { refine } from "./refine.ts";
import { representative, type SignaturePart, sign } from "./signature.ts";
import { dirtyWordCount, logScanner } from "./table.ts";
import type { Distillation, DistilledFinding, DistillOptions, Sighting } from "./types.ts";

const EXTRACT_BYTES = 8192;
const FINDINGS = 200;
const TAIL = 40;
/** Below this score a finding is too weak to be called a cause. */
const FLOOR = 0.15;
const HIGH = 0.8;
const MEDIUM = 0.55;

/** A pass over a log whose extract can still be cut to several sizes. */
export interface Analysis {
  distillation: Omit<Distillation, "extract">;
  /** How the signature's key was made. */
  signatureParts: SignaturePart[];
  /** Origin and flavor as the log itself names them. */
  origin: { origin: string; flavor: string } | null;
  /** The extract within a budget of bytes. */
  extract(bytes: number): string;
}

/** Reads a build log once, in constant memory, and says what made the build fail. Never throws for its content. */
export async function distill(
  chunks: AsyncIterable<Uint8Array>,
  options: DistillOptions = {},
): Promise<Distillation> {
  const analysis = await analyse(chunks, options);
  return { ...analysis.distillation, extract: analysis.extract(options.extractBytes ?? EXTRACT_BYTES) };
}

/** `distill` before the extract is cut. */
export async function analyse(
  chunks: AsyncIterable<Uint8Array>,
  options: DistillOptions = {},
): Promise<Analysis> {
  using reader = new LineReader(logScanner, dirtyWordCount, (line) => collector.take(line));
  const collector = new Collector(reader);
  for await (const chunk of chunks) reader.feed(chunk);
  reader.finish();
  return conclude(collector, reader, options);
}

/** What a configure script's `config.log` says of its stop; null when it holds none. Constant memory. */
export async function sliceConfigLog(chunks: AsyncIterable<Uint8Array>): Promise<ConfigLogSlice | null> {
  const log = new ConfigLogReader();
  using reader: LineReader = new LineReader(logScanner, dirtyWordCount, ({ line, text }) => {
    reader.deliverNext = 2;
    log.take({ line, text });
  });
  reader.deliverNext = 2;
  for await (const chunk of chunks) reader.feed(chunk);
  reader.finish();
  const slice = log.end();
  if (!slice) return null;
  const tried = slice.lines.slice(0, -1).map(({ text }) => text);
  const { distillation } = await analyse(Readable.from([Buffer.from(tried.join("\n"))]));
  const cause = distillation.cause;
  const line = cause && slice.lines[cause.line - 1]?.line;
  return { ...slice, reason: cause && line ? { ...cause, line } : null };
}

interface Verdict {
  classification: FailureClass;
  confidence: Confidence;
  cause: Sighting | null;
  tie: Tie | null;
}

function conclude(collector: Collector, reader: LineReader, options: DistillOptions): Analysis {
  const { phases } = collector;
  const sightings = collector.sightings();
  refine(sightings);
  const failing = failingSegment(phases, options.builderPhase);
  const said = outcomeOf(phases, sightings, reader.lines);
  const outcome = options.builderPhase === undefined ? said : "failed";
  const phase = options.builderPhase ?? failing?.phase ?? null;
  const ranking = rank(sightings, failing, reader.lines);
  const verdict = judge(ranking, outcome, phase, said, hintedClass(sightings, failing));
  const others = ranking.candidates.map(({ sighting }) => sighting).filter((one) => one !== verdict.cause);
  const cause = verdict.cause?.finding ?? null;
  const configLog = verdict.classification === "configure-error" ? (options.configLog ?? null) : null;
  const equals = verdict.cause ? ranking.equals.map(({ sighting }) => sighting.finding) : [];
  const { signature, parts } = sign(verdict.classification, phase, representative(equals) ?? cause);
  const material: Material = {
    cause: verdict.cause,
    others: outcome === "succeeded" ? [] : others,
    terminals: ranking.terminals,
    tail: reader.recent(TAIL),
    configLog: configLog?.lines ?? [],
  };
  return {
    signatureParts: parts,
    origin: collector.origin,
    extract: (bytes) => renderExtract(material, bytes),
    distillation: {
      version: 1,
      phase: outcome === "succeeded" ? null : phase,
      classification: verdict.classification,
      confidence: configLog?.reason && verdict.confidence === "low" ? "medium" : verdict.confidence,
      reason: explain(
        { ...verdict, outcome, phase, said, configLog, bytes: reader.bytes },
        ranking.terminals,
      ),
      cause,
      findings: outcome === "succeeded" ? [] : listed(sightings),
      signature,
      lines: reader.lines,
      bytes: reader.bytes,
      outcome,
      injection: collector.injection,
    },
  };
}

function judge(
  ranking: ReturnType<typeof rank>,
  outcome: Distillation["outcome"],
  phase: string | null,
  said: Distillation["outcome"],
  hint: FailureClass | null,
): Verdict {
  if (outcome === "succeeded")
    return { classification: "unknown", confidence: "high", cause: null, tie: null };
  const best = ranking.cause;
  if (best && best.score >= FLOOR) {
    const { finding } = best.sighting;
    const classification = classOf(finding.kind, finding.phase ?? phase);
    const elsewhere = finding.kind === "configure-elsewhere";
    const confidence = elsewhere
      ? "low"
      : best.score >= HIGH
        ? "high"
        : best.score >= MEDIUM
          ? "medium"
          : "low";
    return { classification, confidence, cause: best.sighting, tie: best.tie };
  }
  const notRun = ranking.terminals.find(({ finding }) => /^12[67]$/.test(finding.captures.status ?? ""));
  if (notRun) {
    const finding: DistilledFinding = { ...notRun.finding, kind: "command-not-run", role: "primary" };
    return { classification: "missing-dep", confidence: "low", cause: { ...notRun, finding }, tie: null };
  }
  const classification = (said === "succeeded" ? null : hint) ?? fallbackClass(phase, said);
  return { classification, confidence: "low", cause: null, tie: null };
}

/** The first findings and the last ones, in the order of the log. */
function listed(sightings: readonly Sighting[]): DistilledFinding[] {
  const all = sightings.map(({ finding }) => finding);
  return all.length <= FINDINGS ? all : [...all.slice(0, FINDINGS - 40), ...all.slice(-40)];
}
