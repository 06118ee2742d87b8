import type { FailureClass } from "../../protocol/index.ts";
import { classOf, type FindingKind } from "./kinds.ts";
import type { Segment, Sighting } from "./types.ts";

/** How much worse than the best a finding may stand and still win by coming first. */
const NEAR = 0.12;
/** Lines after a finding in which a more telling one speaks of the same thing. */
const SAME_STORY = 8;
const CLOSE_TO_END = 60;
const COMPILES = new Set<FailureClass>(["compile-error", "link-error"]);
const RESOURCES = new Set<FailureClass>(["resource", "timeout"]);

interface Ranked {
  sighting: Sighting;
  score: number;
}

interface Ranking {
  /** Candidates for the cause, best first. */
  candidates: Ranked[];
  cause: Ranked | null;
  /** Lines in which make or a builder gives up, within the failing phase. */
  terminals: Sighting[];
}

/** Picks the first primary error with a path to the end of the build; the tail wins only for kills and timeouts. */
export function rank(sightings: readonly Sighting[], failing: Segment | null, lines: number): Ranking {
  const terminals = sightings.filter(({ finding }) => finding.role === "terminal");
  const candidates = sightings
    .filter(({ finding }) => finding.role === "primary")
    .map((sighting) => ({ sighting, score: scoreOf(sighting, failing, terminals, lines) }));
  const best = candidates.reduce<Ranked | null>(
    (top, ranked) => (!top || ranked.score > top.score ? ranked : top),
    null,
  );
  const first = best && candidates.find((ranked) => ranked.score >= best.score - NEAR);
  candidates.sort((a, b) => b.score - a.score);
  return { candidates, cause: first ? moreTelling(first, candidates) : null, terminals };
}

function moreTelling(first: Ranked, candidates: readonly Ranked[]): Ranked {
  const line = first.sighting.finding.line;
  return (
    candidates.find(
      ({ score, sighting }) =>
        score > first.score && sighting.finding.line > line && sighting.finding.line <= line + SAME_STORY,
    ) ?? first
  );
}

function scoreOf(
  sighting: Sighting,
  failing: Segment | null,
  terminals: readonly Sighting[],
  lines: number,
): number {
  const { finding, segment } = sighting;
  const category = classOf(finding.kind, finding.phase);
  const fromEnd = lines - finding.line;
  if (finding.kind === "timeout" && fromEnd <= CLOSE_TO_END) return 2;
  let score = finding.confidence;
  if (sighting.doubtful) score -= 0.3;
  if (segment !== failing) score -= segment?.firm ? 0.5 : 0.25;
  score -= outOfPlace(finding.kind, category, finding.phase);
  const next = terminals.find((terminal) => terminal.finding.offset > finding.offset);
  if (next && next.finding.line - finding.line <= CLOSE_TO_END) score += 0.06;
  if (finding.kind === "tool-missing" && next?.finding.captures.status === "127") score += 0.06;
  return score;
}

/** What to take off for a message that is common noise in this phase. */
function outOfPlace(kind: FindingKind, category: FailureClass, phase: string | null): number {
  if (phase === "configure") {
    if (COMPILES.has(category)) return 0.35;
    if (kind === "tool-missing" || kind === "crash") return 0.25;
  }
  if (phase === "test") {
    if (RESOURCES.has(category)) return 0.3;
    if (kind === "generic-error" || kind === "crash") return 0.2;
  } else if (category === "test-error" && phase !== null && phase !== "build") return 0.2;
  if ((kind === "dns" || kind === "fetch-failed") && phase !== null && !/^(?:fetch|checksum)/.test(phase)) {
    return 0.15;
  }
  return 0;
}
