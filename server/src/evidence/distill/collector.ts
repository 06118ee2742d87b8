import { clip, comparable } from "./clean.ts";
import { soundsLikeOrders } from "./injection.ts";
import { Jobs } from "./jobs.ts";
import { Keeping } from "./keeping.ts";
import { weightOf } from "./kinds.ts";
import type { LineReader, ScannedLine } from "./lines.ts";
import type { Rule } from "./matchers/rule.ts";
import { isDoubtful, reportsNothing } from "./noise.ts";
import { PatchContext } from "./patchContext.ts";
import { guessOrigin, PhaseTracker } from "./phases.ts";
import { KEPT_TEXT, quote, Surroundings } from "./surroundings.ts";
import { concernsOf } from "./table.ts";
import type { Repeats, Segment, Sighting } from "./types.ts";

const IGNORED_REACH = 40;
const SEGMENTS = 400;
const KNOWN = 5000;
const KNOWN_TEXT = 240;

/** Takes the lines that hold words, keeps a bounded choice of findings with the lines about them. */
export class Collector {
  readonly phases = new PhaseTracker();
  origin: { origin: string; flavor: string } | null = null;
  injection = false;
  private readonly patches = new PatchContext();
  private readonly jobs = new Jobs();
  private readonly keeping = new Keeping();
  private readonly surroundings: Surroundings;
  private known = new Map<string, Repeats>();
  private segment: Segment | undefined;

  /** The reader is asked for the lines about each new finding. */
  constructor(reader: LineReader) {
    this.surroundings = new Surroundings(this.jobs, reader);
  }

  /** All sightings kept, in the order of the log. */
  sightings(): Sighting[] {
    return this.keeping.all();
  }

  /** Takes one line from the reader. */
  take(line: ScannedLine): void {
    const text = comparable(line.text);
    const concerns = concernsOf(line.words);
    const isMark = concerns.job && this.jobs.take(text, line.line);
    this.surroundings.follow(line.line, line.text, isMark);
    if (line.words.size === 0 || isMark) return;
    if (concerns.injection && soundsLikeOrders(text)) this.injection = true;
    if (concerns.origin) this.origin ??= guessOrigin(text);
    if (concerns.patch) this.patches.take(text);
    if (concerns.ignored) this.forgive(line.line, text);
    else if (concerns.phase && this.phases.take(text, line.line)) this.turnSegment();
    else if (concerns.rules.length > 0 && !reportsNothing(text)) {
      for (const rule of concerns.rules) {
        const match = rule.pattern.exec(text);
        if (!match) continue;
        this.add(rule, match, line, text);
        break;
      }
    }
  }

  private add(rule: Rule, match: RegExpExecArray, line: ScannedLine, text: string): void {
    const key = `${rule.kind}\t${repeated(line.text)}`;
    const seen = this.known.get(key);
    if (seen && rule.role !== "terminal" && !rule.kind.startsWith("patch-")) {
      seen.count++;
      seen.lastLine = line.line;
      seen.lastOffset = line.offset;
      return;
    }
    const sighting = this.sightingOf(rule, match, line, text);
    this.patches.complete(sighting);
    if (sighting.finding.captures.status !== undefined) this.jobs.stop(sighting);
    this.keeping.add(sighting);
    if (this.known.size < KNOWN) this.known.set(key, sighting.repeats);
    this.surroundings.begin(sighting, rule.kind === "failed-block");
  }

  private sightingOf(rule: Rule, match: RegExpExecArray, line: ScannedLine, text: string): Sighting {
    const captures = capturesOf(rule, match);
    const segment = this.phases.current ?? null;
    const symbol = captures.symbol ?? captures.member ?? captures.type;
    const file = captures.file ?? captures.source ?? captures.makefile;
    const { directory } = this.jobs;
    if (directory !== null && file !== undefined && !file.startsWith("/")) captures.directory = directory;
    return {
      finding: {
        kind: rule.kind,
        line: line.line,
        offset: line.offset,
        text: quote(line.line, clip(line.text, KEPT_TEXT, match.index)).text,
        phase: segment?.phase ?? null,
        ...(file === undefined ? {} : { file }),
        ...(symbol === undefined ? {} : { symbol }),
        captures,
        confidence: rule.weight ?? weightOf(rule.kind),
        role: rule.role ?? "primary",
      },
      segment,
      doubtful: rule.role === undefined && isDoubtful(text),
      repeats: { count: 1, lastLine: line.line, lastOffset: line.offset },
      job: this.jobs.target,
      block: null,
      before: [],
      after: [],
    };
  }

  /** `make` says that the failure just reported does not count. */
  private forgive(line: number, text: string): void {
    if (!/\(ignored\)\s*$/.test(text)) return;
    for (const sighting of this.keeping.since(line - IGNORED_REACH)) sighting.doubtful = true;
  }

  /** A new visit of a phase counts repeats afresh. */
  private turnSegment(): void {
    const current = this.phases.current;
    if (current === this.segment) return;
    this.segment = current;
    this.keeping.closePhase();
    this.surroundings.close();
    this.jobs.reset();
    this.known = new Map();
    if (this.phases.segments.length > SEGMENTS) this.phases.segments.splice(0, SEGMENTS / 2);
  }
}

function capturesOf(rule: Rule, match: RegExpExecArray): Record<string, string> {
  const captures: Record<string, string> = { ...rule.implies };
  for (const [name, value] of Object.entries(match.groups ?? {})) {
    if (value !== undefined && value !== "") captures[name] = clip(value.trim(), 300);
  }
  return captures;
}

/** A message without the places where it was seen; compilers repeat one for each of them. */
function repeated(text: string): string {
  return Buffer.from(
    text
      .replace(/0x[\da-f]+/gi, "#")
      .replace(/:\d+/g, ":#")
      .slice(0, KNOWN_TEXT),
  ).toString();
}
