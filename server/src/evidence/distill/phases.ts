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

const BANNER = /^-- {1,2}Phase: (?<phase>[\w-]+)$|^=+<phase: (?<named>[\w-]+) *>=+$/;
const TRAILER = /^(?<verdict>FAILED|SUCCEEDED) \d+:\d\d:\d\d$/;
const ENDED = /^build of (?<origin>\S+).* ended at /;
const SUCCEEDED = /^(?:INFO: Done\(|\S+ finished "build |Status: successful|>>> Completed installing )/;
const FAILED =
  /^(?:!!! build failure encountered !!!|ERROR: Exception\(|\S+ failed "build |Status: attempted|Copr build error: |RPM build errors:|error: builder for '.*' failed)/;

/** The framework's own announcements, for logs without a builder's banners. */
const ANNOUNCEMENTS: readonly (readonly [RegExp, string])[] = [
  [/^===> {1,2}Fetching all distfiles|^=> Attempting to fetch/, "fetch"],
  [/^===> {1,2}Fetching for /, "fetch"],
  [/^===> {1,2}Extracting for /, "extract"],
  [/^===> {1,2}Patching for /, "patch"],
  [/^===> {1,2}Applying /, "patch"],
  [/^===> {1,2}Configuring for /, "configure"],
  [/^===> {1,2}Building for /, "build"],
  [/^===> {1,2}Staging for /, "stage"],
  [/^===> {1,2}Testing for /, "test"],
  [/^===> {1,2}Installing for /, "install"],
  [/^=+>+ Running Q\/A tests/, "stage-qa"],
  [/^=+>+ Checking for (?:pkg-plist issues|items in STAGEDIR)/, "check-plist"],
  [/^===> {1,2}Building package for /, "package"],
  [/^Executing\(%prep\)/, "patch"],
  [/^Executing\(%build\)/, "build"],
  [/^Executing\(%install\)/, "stage"],
  [/^Executing\(%check\)/, "test"],
  [/^>>> (?:Preparing|Unpacking) source/, "patch"],
  [/^>>> Configuring source/, "configure"],
  [/^>>> Compiling source/, "build"],
  [/^>>> Test phase/, "test"],
  [/^>>> Install /, "stage"],
  [/^\s*dh_auto_configure\b/, "configure"],
  [/^\s*dh_auto_build\b/, "build"],
  [/^\s*dh_auto_test\b/, "test"],
  [/^\s*dh_auto_install\b/, "stage"],
];

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
    const banner = BANNER.exec(text)?.groups;
    const named = banner?.phase ?? banner?.named;
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
    if (!this.firm) {
      for (const [pattern, phase] of ANNOUNCEMENTS)
        if (pattern.test(text)) return this.open(phase, line, false);
    }
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
