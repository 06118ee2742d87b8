import type { FailureClass } from "../../protocol/index.ts";
import { type Tie, tieOf } from "./causal.ts";
import { classOf, type FindingKind } from "./kinds.ts";
import type { Segment, Sighting } from "./types.ts";

/** How much worse than the best a finding may stand and still win by coming first. */
const NEAR = 0.12;
/** Lines after a finding in which a more telling one speaks of the same thing. */
const SAME_STORY = 8;
const CLOSE_TO_END = 60;
/** What is left of the score of an error after which the build went on for long. */
const FAR = 0.55;
const COMPILES = new Set<FailureClass>(["compile-error", "link-error"]);
const RESOURCES = new Set<FailureClass>(["resource", "timeout"]);

/** What the tie to the end of the build adds to a finding's score. */
const TIES: Readonly<Record<Tie["kind"], number>> = {
  named: 0.15,
  block: 0.15,
  near: 0.06,
  open: 0,
  far: 0,
  foreign: -0.15,
};

interface Ranked {
  sighting: Sighting;
  score: number;
  tie: Tie;
}

interface Ranking {
  /** Candidates for the cause, best first. */
  candidates: Ranked[];
  cause: Ranked | null;
  /** What stands as high as the cause, is of its class and phase and concerns another file or part; the cause included. */
  equals: Ranked[];
  /** Lines in which make or a builder gives up, within the failing phase. */
  terminals: Sighting[];
}

/** Picks the first primary error with a path to the end of the build; the tail wins only for kills and timeouts. */
export function rank(sightings: readonly Sighting[], failing: Segment | null, lines: number): Ranking {
  const terminals = sightings.filter(({ finding }) => finding.role === "terminal");
  const blocks = sightings.some(
    ({ finding, segment }) => finding.kind === "failed-block" && segment === failing,
  );
  const primaries = sightings.filter(({ finding }) => finding.role === "primary");
  const candidates = tiesOf(primaries, terminals, blocks).map(({ sighting, tie }) => ({
    ...{ sighting, tie, score: scoreOf(sighting, failing, tie, lines) },
  }));
  const best = candidates.reduce<Ranked | null>(
    (top, ranked) => (!top || ranked.score > top.score ? ranked : top),
    null,
  );
  const first =
    best && candidates.find((ranked) => ranked.score >= best.score - NEAR && !strays(ranked, best));
  candidates.sort((a, b) => b.score - a.score);
  const cause = first ? moreTelling(first, candidates) : null;
  return { candidates, cause, equals: cause ? equalsOf(cause, candidates) : [], terminals };
}

/** Of errors of one class that follow closely on each other all are tied to the end as the last is. */
function tiesOf(primaries: readonly Sighting[], terminals: readonly Sighting[], blocks: boolean) {
  const last = new Map<string, { line: number; tie: Tie }>();
  return primaries
    .toReversed()
    .map((sighting) => {
      const { finding } = sighting;
      const category = classOf(finding.kind, finding.phase);
      let tie = tieOf(sighting, terminals, blocks);
      const next = last.get(category);
      if (tie.kind === "far" && next && next.line - finding.line <= CLOSE_TO_END) tie = next.tie;
      last.set(category, { line: finding.line, tie });
      return { sighting, tie };
    })
    .reverse();
}

/** What stands far from any end cannot come before an error that the build gave up on. */
function strays(ranked: Ranked, best: Ranked): boolean {
  return isFar(ranked) && !isFar(best);
}

/** Tests fail and go on, often for long. */
function isFar({ sighting, tie }: Pick<Ranked, "sighting" | "tie">): boolean {
  const { kind, phase } = sighting.finding;
  return tie.kind === "far" && !(phase === "test" && kind.startsWith("test-"));
}

function equalsOf(cause: Ranked, candidates: readonly Ranked[]): Ranked[] {
  const { finding, segment, doubtful } = cause.sighting;
  const category = classOf(finding.kind, finding.phase);
  return candidates.filter(
    ({ sighting, score }) =>
      score >= cause.score - NEAR &&
      sighting.segment === segment &&
      sighting.doubtful === doubtful &&
      classOf(sighting.finding.kind, sighting.finding.phase) === category,
  );
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

function scoreOf(sighting: Sighting, failing: Segment | null, tie: Tie, lines: number): number {
  const { finding, segment } = sighting;
  const category = classOf(finding.kind, finding.phase);
  const fromEnd = lines - finding.line;
  if (finding.kind === "timeout" && fromEnd <= CLOSE_TO_END) return 2;
  let score = finding.confidence;
  if (sighting.doubtful) score -= 0.3;
  if (segment !== failing) score -= segment?.firm ? 0.5 : 0.25;
  score -= outOfPlace(finding.kind, category, finding.phase);
  score += TIES[tie.kind];
  if (isFar({ sighting, tie })) score *= FAR;
  if (finding.kind === "tool-missing" && tie.terminal?.finding.captures.status === "127") score += 0.06;
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
