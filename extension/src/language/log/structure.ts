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

/** dsynth's and poudriere's headings. */
const heading = /^-- {1,2}Phase: (?<dsynth>[\w-]+)$|^=+<phase: (?<poudriere>[\w-]+) *>=+$/;
/** The framework's own announcements head the phases where no builder does. */
const announcements: readonly (readonly [RegExp, string])[] = [
  [/^===> {1,2}Fetching |^=> Attempting to fetch/, "fetch"],
  [/^===> {1,2}Extracting for /, "extract"],
  [/^===> {1,2}(?:Patching for|Applying) /, "patch"],
  [/^===> {1,2}Configuring for /, "configure"],
  [/^===> {1,2}Building for /, "build"],
  [/^===> {1,2}Staging for /, "stage"],
  [/^===> {1,2}Testing for /, "test"],
  [/^===> {1,2}Installing for /, "install"],
  [/^=+>+ Running Q\/A tests/, "stage-qa"],
  [/^=+>+ Checking for (?:pkg-plist issues|items in STAGEDIR)/, "check-plist"],
  [/^===> {1,2}Building package for /, "package"],
];
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
  const headings = lines.some((line) => heading.test(line));
  const phases: LogPhase[] = [];
  for (const [line, whole] of lines.entries()) {
    const text = whole.slice(0, maxLineLength);
    const name = headings ? headed(text) : announced(text);
    const current = phases.at(-1);
    if (name !== undefined && (headings || name !== current?.name)) {
      if (phases.length === maxPhases) break;
      phases.push({ name, first: line, last: line, failed: false, errors: [] });
    } else if (current) take(current, { line, text });
  }
  return phases;
}

function headed(text: string): string | undefined {
  const groups = heading.exec(text)?.groups;
  return groups?.dsynth ?? groups?.poudriere;
}

function announced(text: string): string | undefined {
  return text.startsWith("=") ? announcements.find(([pattern]) => pattern.test(text))?.[1] : undefined;
}

function take(phase: LogPhase, { line, text }: LogLine): void {
  if (empty.test(text)) return;
  phase.last = line;
  if (failure.test(text)) phase.failed = true;
  else if (phase.errors.length < maxErrors && error.test(text))
    phase.errors.push({ line, text: text.trim() });
}
