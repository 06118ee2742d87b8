import { announcedPhase, bannerPhase } from "@portwright/server/logPhases";

/** Lines count from 0, as in an editor. */
interface LogLine {
  line: number;
  text: string;
}

/** One visit of a phase, from its heading to the last line that says something. */
export interface LogPhase {
  name: string;
  first: number;
  last: number;
  failed: boolean;
  errors: LogLine[];
}

/** What is shown of a log; a log has more errors than a person reads. */
const maxPhases = 200;
const maxErrors = 100;
const maxLineLength = 2000;

const failure = /^FAILED \d+:\d\d:\d\d$|^!!! build failure encountered !!!$/;
/** Lines between phases that say nothing. */
const empty = /^[-=]*$/;
const error = new RegExp(
  [
    /(?:^|\s)(?:fatal )?error(?: \w+)?:\s/i,
    /^\*\*\* (?:Error|Signal|\[)/,
    /^(?:[gb]?make|ninja)(?:\[\d+\])?: (?:\*\*\* |error|build stopped)/,
    /^CMake Error/,
    /undefined reference to/,
    /^ERROR\b/,
    /^FAILED: /,
    /^Traceback /,
    /out of \d+ hunks? failed/i,
    /: (?:command )?not found$/,
  ]
    .map(({ source }) => source)
    .join("|"),
);

/** Reads a build log of any length in one pass. */
export function logPhases(lines: readonly string[]): LogPhase[] {
  const headings = lines.some((line) => bannerPhase(line) !== undefined);
  const phases: LogPhase[] = [];
  for (const [line, whole] of lines.entries()) {
    const text = whole.slice(0, maxLineLength);
    const name = headings ? bannerPhase(text) : announcedPhase(text);
    const current = phases.at(-1);
    if (name !== undefined && (headings || name !== current?.name)) {
      if (phases.length === maxPhases) break;
      phases.push({ name, first: line, last: line, failed: false, errors: [] });
    } else if (current) take(current, { line, text });
  }
  return phases;
}

function take(phase: LogPhase, { line, text }: LogLine): void {
  if (empty.test(text)) return;
  phase.last = line;
  if (failure.test(text)) phase.failed = true;
  else if (phase.errors.length < maxErrors && error.test(text))
    phase.errors.push({ line, text: text.trim() });
}
