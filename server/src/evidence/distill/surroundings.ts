import { clip } from "./clean.ts";
import type { Jobs } from "./jobs.ts";
import type { LineReader } from "./lines.ts";
import type { FailedBlock, QuotedLine, Sighting } from "./types.ts";

const BEFORE = 6;
const AFTER = 10;
/** Lines after a finding in which the rest of its job's output is looked for among that of others. */
const REACH = 40;
const BLOCK_LINES = 80;
/** Longest line that is kept, in characters. */
export const KEPT_TEXT = 600;

const PROGRESS = /^(?:\[\d+(?:\/\d+| processes)[^\]]*\]|ninja: )/;

/** Gathers the lines about each finding: of its own job where jobs are told apart, and whole failed commands of ninja. */
export class Surroundings {
  block: FailedBlock | null = null;
  private readonly jobs: Jobs;
  private readonly reader: LineReader;
  private open: { sighting: Sighting; until: number }[] = [];

  constructor(jobs: Jobs, reader: LineReader) {
    this.jobs = jobs;
    this.reader = reader;
  }

  /** A new finding; `headsBlock` when it is ninja's heading of a failed command. */
  begin(sighting: Sighting, headsBlock: boolean): void {
    const { finding } = sighting;
    if (headsBlock) {
      this.block = { target: finding.captures.target ?? "", lines: [quote(finding.line, finding.text)] };
    }
    sighting.block = this.block;
    sighting.before = this.reader
      .recent(this.jobs.target === null ? BEFORE : REACH)
      .filter(({ line }) => this.jobs.isOurs(line))
      .slice(-BEFORE)
      .map(({ line, text }) => quote(line, text));
    this.open.push({ sighting, until: finding.line + REACH });
    this.ask();
  }

  /** A line that follows; `isMark` when it only says whose output comes. */
  follow(line: number, text: string, isMark: boolean): void {
    if (text === "") return;
    if (this.block) this.followBlock(line, text);
    if (this.open.length === 0) return;
    const quoted = quote(line, text);
    this.open = this.open.filter(({ sighting, until }) => {
      if (!isMark && sighting.job === this.jobs.target) sighting.after.push(quoted);
      return sighting.after.length < AFTER && line < until;
    });
    this.ask();
  }

  /** What is gathered ends with the phase. */
  close(): void {
    this.open = [];
    this.block = null;
  }

  private followBlock(line: number, text: string): void {
    if (!this.block) return;
    if (PROGRESS.test(text)) this.block = null;
    else if (this.block.lines.length < BLOCK_LINES) {
      this.block.lines.push(quote(line, text));
      this.ask();
    }
  }

  private ask(): void {
    const wants = this.open.length > 0 || (this.block !== null && this.block.lines.length < BLOCK_LINES);
    if (wants) this.reader.deliverNext = Math.max(1, this.reader.deliverNext);
  }
}

/** Text that is kept is copied: a slice would hold on to the whole line that it was cut from. */
export function quote(line: number, text: string): QuotedLine {
  return { line, text: Buffer.from(clip(text, KEPT_TEXT)).toString() };
}
