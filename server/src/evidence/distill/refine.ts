import { comparable } from "./clean.ts";
import { type FindingKind, weightOf } from "./kinds.ts";
import type { QuotedLine, Sighting } from "./types.ts";

/** What the lines about a finding add to it: tools often say what failed in one line and where, or of what, in another. */
interface Refinement {
  readonly kinds: readonly FindingKind[];
  readonly where: "before" | "after";
  /** How many lines away the other line may be. */
  readonly reach: number;
  /** Named groups become captures where the finding has none of that name. */
  readonly pattern: RegExp;
  readonly becomes?: FindingKind;
}

const REFINEMENTS: readonly Refinement[] = [
  {
    kinds: ["generic-error"],
    where: "after",
    reach: 2,
    pattern: /^\s*--> (?<file>[^\s:]+\.rs):(?<line>\d+):\d+/,
    becomes: "compile-error",
  },
  {
    kinds: ["generic-error", "module-missing"],
    where: "before",
    reach: 6,
    pattern: /^File "(?<file>[^"]+\.mll?y?i?)", lines? (?<line>\d+)/,
    becomes: "compile-error",
  },
  {
    kinds: ["cmake-error"],
    where: "after",
    reach: 1,
    pattern:
      /^\s{1,4}(?:the )?(?<dependency>[\w:.+-]+)(?: libraries| library| package| headers?)? (?:was |is |could )?not (?:be )?found\b/i,
    becomes: "dependency-missing",
  },
  {
    kinds: ["compile-error"],
    where: "after",
    reach: 3,
    pattern: /^(?:\[ERROR\])? +symbol: +(?<message>.*)/,
  },
  { kinds: ["package-conflict"], where: "after", reach: 2, pattern: /^\s+(?<with>[A-Za-z]\S*)-\d\S*$/ },
  { kinds: ["cmake-error"], where: "after", reach: 1, pattern: /^\s{1,4}(?<message>\S.*)/ },
  {
    kinds: ["dependency-missing"],
    where: "after",
    reach: 4,
    pattern: /^\s*(?<dependency>[A-Za-z]\w*_(?:LIBRAR(?:Y|IES)|INCLUDE_(?:DIRS?|PATH)|DIR|EXECUTABLE)\w*)\b/,
  },
  {
    kinds: ["dependency-missing"],
    where: "before",
    reach: 6,
    pattern: /[Pp]rerequisite (?<dependency>\S+) .*not found/,
  },
  {
    kinds: ["pkgconfig-package-missing"],
    where: "before",
    reach: 4,
    pattern: /Package '(?<package>[^']+)'.*not found/,
  },
  { kinds: ["pkgconfig-package-missing"], where: "after", reach: 2, pattern: /^\s+- (?<package>[\w.+-]+)/ },
  {
    kinds: ["module-missing"],
    where: "after",
    reach: 1,
    pattern: /^\s*(?<module>[A-Za-z][\w.-]+)(?: ?[<>=!~].*)?$/,
  },
  {
    kinds: ["test-summary"],
    where: "after",
    reach: 3,
    pattern:
      /^\s*\d+ - (?<test>.+?) \((?:Failed|Not Run|Timeout|SEGFAULT|Subprocess aborted|.*Exception.*)\)/,
  },
  {
    kinds: ["build-tool-error"],
    where: "after",
    reach: 1,
    pattern: /^(?<panic>(?!note:|stack backtrace).{4,200})/,
  },
];

/** Kinds that another line completes only where their own line says nothing of it. */
const ONLY_WITHOUT: Partial<Record<FindingKind, RegExp>> = {
  "build-tool-error": /panicked at \S+:\d+:\d+:$/,
  "module-missing": /(?:Missing dependencies|private dependencies):$/,
};

/** Completes findings from the lines about them, in place. */
export function refine(sightings: readonly Sighting[]): void {
  for (const sighting of sightings) {
    if (sighting.finding.role !== "primary") continue;
    for (const refinement of REFINEMENTS) {
      if (refinement.kinds.includes(sighting.finding.kind)) apply(refinement, sighting);
    }
    placeInstall(sighting);
  }
}

function apply({ where, reach, pattern, becomes }: Refinement, sighting: Sighting): void {
  const { finding } = sighting;
  const without = becomes === undefined ? ONLY_WITHOUT[finding.kind] : undefined;
  if (without && !without.test(finding.text)) return;
  const lines: QuotedLine[] =
    where === "after" ? sighting.after.slice(0, reach) : sighting.before.slice(-reach).reverse();
  for (const { text } of lines) {
    const groups = pattern.exec(comparable(text))?.groups;
    if (!groups) continue;
    for (const [name, value] of Object.entries(groups)) {
      if (value === undefined) continue;
      const known = finding.captures[name];
      finding.captures[name] =
        name === "message" && known ? `${known}: ${value.trim()}` : (known ?? value.trim());
    }
    if (groups.file) finding.file ??= groups.file;
    if (becomes) {
      finding.kind = becomes;
      finding.confidence = weightOf(becomes);
    }
    return;
  }
}

/** In a fragment without phases, what install(1) misses or what stands in the stage was missed while staging. */
function placeInstall({ finding }: Sighting): void {
  const { tool, file } = finding.captures;
  const staging = tool === "install" || tool === "ginstall" || file?.includes("/stage/");
  const misses = finding.kind === "sed-missing-file" || finding.kind === "permission-denied";
  if (finding.phase === null && staging && misses) finding.kind = "stage-install";
}
