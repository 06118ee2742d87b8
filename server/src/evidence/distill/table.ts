import { DIRTY_BYTES } from "./clean.ts";
import { INJECTION_WORDS } from "./injection.ts";
import { JOB_WORDS } from "./jobs.ts";
import { cmakeMesonRules } from "./matchers/cmakeMeson.ts";
import { compilerRules } from "./matchers/compilers.ts";
import { configureRules } from "./matchers/configure.ts";
import { distfileRules } from "./matchers/distfiles.ts";
import { genericRules } from "./matchers/generic.ts";
import { hostRules } from "./matchers/host.ts";
import { languageRules } from "./matchers/languages.ts";
import { linkerRules } from "./matchers/linkers.ts";
import { makeRules } from "./matchers/make.ts";
import { patchRules } from "./matchers/patches.ts";
import { portsRules } from "./matchers/ports.ts";
import type { Rule } from "./matchers/rule.ts";
import { scriptRules } from "./matchers/scripts.ts";
import { shellRules } from "./matchers/shell.ts";
import { testRules } from "./matchers/tests.ts";
import { toolRules } from "./matchers/tools.ts";
import { PATCH_WORDS } from "./patchContext.ts";
import { ORIGIN_WORDS, PHASE_WORDS } from "./phases.ts";
import { WordScanner } from "./scanner.ts";

/** In order of trial: the first row whose pattern matches names the line. */
const RULES: readonly Rule[] = [
  ...hostRules,
  ...portsRules,
  ...distfileRules,
  ...patchRules,
  ...makeRules,
  ...configureRules,
  ...cmakeMesonRules,
  ...toolRules,
  ...compilerRules,
  ...linkerRules,
  ...languageRules,
  ...scriptRules,
  ...testRules,
  ...shellRules,
  ...genericRules,
];

const IGNORED_WORDS = ["(ignored)"];
const LINE_ENDS = ["\n", "\r"];

/** What a line may concern, judged by its words alone. */
export interface Concerns {
  phase: boolean;
  origin: boolean;
  patch: boolean;
  injection: boolean;
  ignored: boolean;
  job: boolean;
  rules: readonly Rule[];
}

const words: (string | Uint8Array)[] = [...LINE_ENDS, ...DIRTY_BYTES];
const idOf = new Map<string, number>();
const rulesOfWord = new Map<number, number[]>();

function register(list: readonly string[]): ReadonlySet<number> {
  return new Set(
    list.flatMap(asQuoted).map((word) => {
      const known = idOf.get(word);
      if (known !== undefined) return known;
      idOf.set(word, words.length);
      words.push(word);
      return words.length - 1;
    }),
  );
}

/** Tools quote by locale: a word with a quote in it is looked for with curled ones too. */
function asQuoted(word: string): string[] {
  return word.includes("'") ? [word, word.replaceAll("'", "\u2018"), word.replaceAll("'", "\u2019")] : [word];
}

const phaseIds = register(PHASE_WORDS);
const originIds = register(ORIGIN_WORDS);
const patchIds = register(PATCH_WORDS);
const injectionIds = register(INJECTION_WORDS);
const ignoredIds = register(IGNORED_WORDS);
const jobIds = register(JOB_WORDS);
RULES.forEach((rule, index) => {
  for (const id of register(rule.words)) rulesOfWord.set(id, [...(rulesOfWord.get(id) ?? []), index]);
});

/** What is searched for, to measure against other searches; as bytes where it is no text. */
export const scannedWords: readonly (string | Uint8Array)[] = words;
export const logScanner = new WordScanner(words);
export const dirtyWordCount = DIRTY_BYTES.length;

const cache = new Map<string, Concerns>();

/** What the words of a line ask to be tried, in the tables' order. */
export function concernsOf(found: ReadonlySet<number>): Concerns {
  const key =
    found.size === 1 ? String(found.values().next().value) : [...found].sort((a, b) => a - b).join();
  const known = cache.get(key);
  if (known) return known;
  const indexes = new Set<number>();
  for (const id of found) for (const index of rulesOfWord.get(id) ?? []) indexes.add(index);
  const concerns: Concerns = {
    phase: overlaps(found, phaseIds),
    origin: overlaps(found, originIds),
    patch: overlaps(found, patchIds),
    injection: overlaps(found, injectionIds),
    ignored: overlaps(found, ignoredIds),
    job: overlaps(found, jobIds),
    rules: [...indexes].sort((a, b) => a - b).flatMap((index) => RULES[index] ?? []),
  };
  if (cache.size < 4096) cache.set(key, concerns);
  return concerns;
}

function overlaps(left: ReadonlySet<number>, right: ReadonlySet<number>): boolean {
  for (const id of left) if (right.has(id)) return true;
  return false;
}
