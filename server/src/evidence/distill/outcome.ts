import type { PhaseTracker } from "./phases.ts";
import type { Segment, Sighting } from "./types.ts";

/** Lines from the end within which a terminal line still tells the end of an unframed log. */
const END = 40;
const SURE = 0.7;

/** The phase visit in which the build ended: the last that failed, else the last. */
export function failingSegment(phases: PhaseTracker, builderPhase: string | undefined): Segment | null {
  const { segments } = phases;
  return (
    segments.findLast(({ verdict }) => verdict === "failed") ??
    (builderPhase === undefined ? undefined : segments.findLast(({ phase }) => phase === builderPhase)) ??
    segments.at(-1) ??
    null
  );
}

/** How the build ended, by the builder's word, else by the log's last lines, else by sure errors in it. */
export function outcomeOf(
  phases: PhaseTracker,
  sightings: readonly Sighting[],
  lines: number,
): "failed" | "succeeded" | "unknown" {
  if (phases.segments.some(({ verdict }) => verdict === "failed")) return "failed";
  const last = phases.current;
  const stopped = sightings.some(
    ({ finding }) =>
      (finding.role === "terminal" || finding.kind === "timeout") && finding.line >= lines - END,
  );
  if (phases.ended === "failed") return "failed";
  if (phases.ended === "succeeded") return "succeeded";
  if (stopped) return "failed";
  if (last?.verdict === "succeeded") return "succeeded";
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
