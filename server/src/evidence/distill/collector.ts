import { clip, comparable } from "./clean.ts";
import { soundsLikeOrders } from "./injection.ts";
import { weightOf } from "./kinds.ts";
import type { LineReader } from "./lines.ts";
import type { Rule } from "./matchers/rule.ts";
import { isDoubtful, reportsNothing } from "./noise.ts";
import { PatchContext } from "./patch-context.ts";
import { guessOrigin, PhaseTracker } from "./phases.ts";
import { concernsOf } from "./table.ts";
import type { QuotedLine, Segment, Sighting } from "./types.ts";

const BEFORE = 6;
const AFTER = 10;
const TEXT = 600;
const KEPT_FIRST = 140;
const KEPT_LAST = 30;
const KEPT_OF_PAST = 6;
const TERMINALS_FIRST = 6;
const TERMINALS_LAST = 18;
const IGNORED_REACH = 40;
const SEGMENTS = 400;
const KNOWN = 5000;

/** Takes the lines that hold words, keeps a bounded choice of findings with the lines about them. */
export class Collector {
  readonly phases = new PhaseTracker();
  origin: { origin: string; flavor: string } | null = null;
  injection = false;
  private readonly patches = new PatchContext();
  private past: Sighting[] = [];
  private first: Sighting[] = [];
  private last: Sighting[] = [];
  private terminalsFirst: Sighting[] = [];
  private terminalsLast: Sighting[] = [];
  private open: Sighting[] = [];
  private known = new Map<string, Sighting>();
  private segment: Segment | undefined;

  /** All sightings kept, in the order of the log. */
  sightings(): Sighting[] {
    const all = [...this.past, ...this.first, ...this.last, ...this.terminalsFirst, ...this.terminalsLast];
    return all.sort((a, b) => a.finding.offset - b.finding.offset);
  }

  /** Takes one line from the reader, which is asked for the lines about a new finding. */
  take(
    line: { line: number; offset: number; text: string; words: ReadonlySet<number> },
    reader: LineReader,
  ): void {
    this.followUp({ line: line.line, text: line.text });
    if (line.words.size === 0) return;
    const text = comparable(line.text);
    const concerns = concernsOf(line.words);
    if (concerns.injection && soundsLikeOrders(text)) this.injection = true;
    if (concerns.origin) this.origin ??= guessOrigin(text);
    if (concerns.patch) this.patches.take(text);
    if (concerns.ignored) this.forgive(line.line, text);
    else if (concerns.phase && this.phases.take(text, line.line)) this.turnSegment();
    else if (concerns.rules.length > 0 && !reportsNothing(text)) {
      for (const rule of concerns.rules) {
        const match = rule.pattern.exec(text);
        if (!match) continue;
        this.add(rule, match, line, reader);
        break;
      }
    }
  }

  private add(
    rule: Rule,
    match: RegExpExecArray,
    line: { line: number; offset: number; text: string },
    reader: LineReader,
  ): void {
    const captures = capturesOf(rule, match);
    const segment = this.phases.current ?? null;
    const key = `${rule.kind}\t${repeated(line.text)}`;
    const seen = this.known.get(key);
    if (seen && rule.role !== "terminal" && !rule.kind.startsWith("patch-")) {
      seen.count++;
      return;
    }
    const symbol = captures.symbol ?? captures.member ?? captures.type;
    const file = captures.file ?? captures.source ?? captures.makefile;
    const sighting: Sighting = {
      finding: {
        kind: rule.kind,
        line: line.line,
        offset: line.offset,
        text: clip(line.text, TEXT, match.index),
        phase: segment?.phase ?? null,
        ...(file === undefined ? {} : { file }),
        ...(symbol === undefined ? {} : { symbol }),
        captures,
        confidence: rule.weight ?? weightOf(rule.kind),
        role: rule.role ?? "primary",
      },
      segment,
      doubtful: rule.role === undefined && isDoubtful(comparable(line.text)),
      count: 1,
      before: [],
      after: [],
    };
    this.patches.complete(sighting);
    this.keep(sighting);
    if (this.known.size < KNOWN) this.known.set(key, sighting);
    sighting.before = reader.recent(BEFORE).map(shorten);
    this.open.push(sighting);
    reader.deliverNext = AFTER;
  }

  private keep(sighting: Sighting): void {
    if (sighting.finding.role === "terminal") {
      if (this.terminalsFirst.length < TERMINALS_FIRST) this.terminalsFirst.push(sighting);
      else push(this.terminalsLast, sighting, TERMINALS_LAST);
    } else if (this.first.length < KEPT_FIRST) this.first.push(sighting);
    else push(this.last, sighting, KEPT_LAST);
  }

  private followUp(quoted: QuotedLine): void {
    if (this.open.length === 0 || quoted.text === "") return;
    const short = shorten(quoted);
    for (const sighting of this.open) sighting.after.push(short);
    if ((this.open[0]?.after.length ?? 0) >= AFTER) {
      this.open = this.open.filter((sighting) => sighting.after.length < AFTER);
    }
  }

  /** `make` says that the failure just reported does not count. */
  private forgive(line: number, text: string): void {
    if (!/\(ignored\)\s*$/.test(text)) return;
    for (const sighting of [...this.first, ...this.last].reverse()) {
      if (sighting.finding.line < line - IGNORED_REACH) break;
      sighting.doubtful = true;
    }
  }

  /** A phase that is over and done keeps only a few of its findings; a new visit counts repeats afresh. */
  private turnSegment(): void {
    const current = this.phases.current;
    if (current === this.segment) return;
    this.segment = current;
    const over = [...this.first, ...this.last].sort((a, b) => b.finding.confidence - a.finding.confidence);
    this.past.push(...over.slice(0, KEPT_OF_PAST));
    if (this.past.length > 2 * KEPT_FIRST) this.past.splice(KEPT_FIRST, this.past.length - 2 * KEPT_FIRST);
    this.first = [];
    this.last = [];
    this.terminalsFirst = [];
    this.terminalsLast = [];
    this.open = [];
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
  return text.replace(/0x[\da-f]+/gi, "#").replace(/:\d+/g, ":#");
}

function push<T>(list: T[], entry: T, limit: number): void {
  list.push(entry);
  if (list.length > limit) list.shift();
}

function shorten(quoted: QuotedLine): QuotedLine {
  return { line: quoted.line, text: clip(quoted.text, TEXT) };
}
