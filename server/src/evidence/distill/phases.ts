import { announcedPhase, bannerPhase } from "../../protocol/logPhases.ts";
import type { Segment } from "./types.ts";

/** Words of the lines that open or close a phase. */
export const PHASE_WORDS: readonly string[] = [
  "-- phase: ",
  "--  phase: ",
  "configure:",
  "checking for a bsd-compatible install",
  "compiler identification is",
  "the meson build system",
  "<phase: ",
  "===> ",
  "failed 0",
  "succeeded 0",
  "build failure encountered",
  "ended at",
  "executing(%",
  ">>> ",
  "dh_auto_",
  "make: *** [debian/rules",
  "copr build error",
  "rpm build errors",
  "done(",
  "exception(",
  'finished "build ',
  'failed "build ',
  "status: successful",
  "status: attempted",
  "error: builder for ",
];

const TRAILER = /^(?<verdict>FAILED|SUCCEEDED) \d+:\d\d:\d\d$/;
const ENDED = /^build of (?<origin>\S+).* ended at /;
const SUCCEEDED = /^(?:INFO: Done\(|\S+ finished "build |Status: successful|>>> Completed installing )/;
const FAILED =
  /^(?:!!! build failure encountered !!!|ERROR: Exception\(|\S+ failed "build |Status: attempted|Copr build error: |RPM build errors:|error: builder for '.*' failed)/;

/** A fragment without any phase is a configure script's where these stand. */
const CONFIGURES =
  /^(?:configure:\d+: checking |checking for a BSD-compatible install|-- The C\w* compiler identification is |The Meson build system)/;

/** What the framework's own lines say when they are more than an announcement. */
const REPORTS =
  /error|fail|conflict|mark|unknown|depends on|option|licen[sc]e|must|cannot|missing|manually|\bno |\bnot |defined|refers|requires|forbidden|is only for|vulnerab/i;

const ORIGIN = [
  /^build of (?<origin>[\w.+-]+\/[\w.+-]+)(?:@(?<flavor>[\w.-]+))?(?: \||\s+(?:started|ended))/,
  /stopped in \/(?:xports|usr\/ports|usr\/dports|construction)\/(?<origin>[\w.+-]+\/[\w.+-]+)$/,
  /^port directory: \/\S*?\/(?<origin>[\w.+-]+\/[\w.+-]+)$/,
] as const;

/** Words of the lines from which `guessOrigin` reads. */
export const ORIGIN_WORDS: readonly string[] = ["build of ", "stopped in ", "port directory:"];

/** Origin and flavor that a builder's line names, or null. */
export function guessOrigin(text: string): { origin: string; flavor: string } | null {
  for (const pattern of ORIGIN) {
    const groups = pattern.exec(text)?.groups;
    if (groups?.origin) return { origin: groups.origin, flavor: groups.flavor ?? "" };
  }
  return null;
}

/** Follows a log through its phases, by a builder's banners where there are any, else by announcements. */
export class PhaseTracker {
  readonly segments: Segment[] = [];
  /** How a builder says that the whole build ended, null when it does not. */
  ended: "failed" | "succeeded" | null = null;
  private firm = false;

  get current(): Segment | undefined {
    return this.segments.at(-1);
  }

  /** Takes a line; true when the line is one of a builder's or the framework's own marks. */
  take(text: string, line: number): boolean {
    const named = bannerPhase(text);
    if (named) {
      this.firm = true;
      return this.open(named, line, true);
    }
    const verdict = TRAILER.exec(text)?.groups?.verdict;
    if (verdict) {
      const segment = this.current;
      if (segment) segment.verdict = verdict === "FAILED" ? "failed" : "succeeded";
      return true;
    }
    if (FAILED.test(text)) {
      this.ended = "failed";
      return true;
    }
    if (ENDED.test(text) || SUCCEEDED.test(text)) {
      this.ended = this.ended ?? "succeeded";
      return true;
    }
    const announced = this.firm ? undefined : announcedPhase(text);
    if (announced !== undefined) return this.open(announced, line, false);
    if (this.segments.length === 0 && CONFIGURES.test(text)) this.open("configure", line, false);
    return /^=+>+ /.test(text) && !REPORTS.test(text);
  }

  private open(phase: string, line: number, firm: boolean): boolean {
    const previous = this.current;
    if (previous?.phase === phase && previous.firm === firm && previous.verdict === null) return true;
    if (previous && firm && previous.verdict === null && previous.firm) previous.verdict = "succeeded";
    this.segments.push({ phase, firm, verdict: null, firstLine: line });
    return true;
  }
}
