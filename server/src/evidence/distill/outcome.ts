import type { PhaseTracker } from "./phases.ts";
import type { Segment, Sighting } from "./types.ts";

/** Lines from the end within which a terminal line still tells the end of an unframed log. */
const END = 40;
const SURE = 0.7;

/** The phase visit in which the build ended: the builder's word, else the last; dsynth goes on after lesser ones. */
export function failingSegment(phases: PhaseTracker, builderPhase: string | undefined): Segment | null {
  const { segments } = phases;
  const named =
    builderPhase === undefined ? undefined : segments.findLast(({ phase }) => phase === builderPhase);
  return named ?? segments.at(-1) ?? null;
}

/** How the build ended, by the builder's word, else by the log's last lines, else by sure errors in it. */
export function outcomeOf(
  phases: PhaseTracker,
  sightings: readonly Sighting[],
  lines: number,
): "failed" | "succeeded" | "unknown" {
  const last = phases.current;
  if (last?.verdict === "failed") return "failed";
  const stopped = sightings.some(
    ({ finding, segment }) =>
      (finding.role === "terminal" || finding.kind === "timeout") &&
      finding.line >= lines - END &&
      (segment ?? undefined) === last,
  );
  if (phases.ended === "failed") return "failed";
  if (last?.verdict === "succeeded" && last.firm && phases.ended === null) return "succeeded";
  if (stopped) return "failed";
  if (phases.ended === "succeeded") return "succeeded";
  if (
    sightings.some(
      ({ finding, doubtful }) => finding.confidence >= SURE && !doubtful && finding.role === "primary",
    )
  ) {
    return last?.phase === "package" && sightings.every(({ segment }) => segment !== last)
      ? "succeeded"
      : "failed";
  }
  return last?.phase === "package" || last?.phase === "install" ? "succeeded" : "unknown";
}
