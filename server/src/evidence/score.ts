import type { FailureClass } from "../protocol/index.ts";

/** Extract sizes that a score looks at, in bytes. */
export const SCORE_BUDGETS = [8192, 2048, 1024] as const;
type Budget = (typeof SCORE_BUDGETS)[number];

/** One entry of a `labels.jsonl`: what a person read in a log. Other fields are left alone. */
export interface CorpusLabel {
  id: string;
  file: string;
  /** In the corpus' words, see `LABEL_CLASSES`; `success` for a log that did not fail. */
  classification: string;
  acceptable: string[];
  /** Empty where the label names none. */
  phase: string;
  root_cause_substrings: string[];
  excerpt: boolean;
}

/** What distillation made of one log, with its extract cut to each budget. */
export interface CorpusResult {
  file: string;
  classification: FailureClass;
  outcome: "failed" | "succeeded" | "unknown";
  hasCause: boolean;
  extracts: Record<Budget, string>;
}

interface CorpusMiss {
  id: string;
  file: string;
  expected: string;
  got: string;
  /** Largest budget in which a labelled cause was not found, if any. */
  notFoundIn?: Budget;
}

interface ClassScore {
  logs: number;
  right: number;
}

export interface CorpusScore {
  logs: number;
  classRight: number;
  byClass: Record<string, ClassScore>;
  /** Logs whose label holds a cause and that are whole. */
  findable: number;
  found: Record<Budget, number>;
  misses: CorpusMiss[];
  /** Labels without a result. */
  unread: string[];
}

/** Our word for a class that labels call otherwise. */
export const LABEL_CLASSES: Readonly<Record<string, string>> = {
  "missing-dependency": "missing-dep",
  "checksum-error": "fetch-checksum",
  "insufficient-evidence": "unknown",
};

/** Entries of a labels file; throws SyntaxError with the line number on one that is not JSON. */
export function parseLabels(text: string): CorpusLabel[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    try {
      const entry = JSON.parse(line) as Partial<CorpusLabel>;
      return [
        {
          id: entry.id ?? entry.file ?? String(index + 1),
          file: entry.file ?? "",
          classification: entry.classification ?? "unknown",
          acceptable: entry.acceptable ?? [],
          phase: entry.phase ?? "",
          root_cause_substrings: entry.root_cause_substrings ?? [],
          excerpt: entry.excerpt ?? false,
        },
      ];
    } catch (error) {
      throw new SyntaxError(`line ${index + 1} of the labels is not JSON`, { cause: error });
    }
  });
}

/**
 * Compares results with labels. A class is right when it is the label's or an acceptable one; a success when no
 * cause was given; found when every labelled substring stands in the extract (whole, failed logs only).
 */
export function scoreCorpus(results: readonly CorpusResult[], labels: readonly CorpusLabel[]): CorpusScore {
  const byFile = new Map(results.map((result) => [result.file, result]));
  const score: CorpusScore = {
    logs: 0,
    classRight: 0,
    byClass: {},
    findable: 0,
    found: { 8192: 0, 2048: 0, 1024: 0 },
    misses: [],
    unread: [],
  };
  for (const label of labels) {
    const result = byFile.get(label.file);
    if (!result) score.unread.push(label.file);
    else scoreOne(score, label, result);
  }
  return score;
}

function scoreOne(score: CorpusScore, label: CorpusLabel, result: CorpusResult): void {
  const right = classIsRight(label, result);
  const entry = score.byClass[label.classification] ?? { logs: 0, right: 0 };
  score.byClass[label.classification] = entry;
  score.logs++;
  entry.logs++;
  if (right) {
    score.classRight++;
    entry.right++;
  }
  const missing = label.classification === "success" || label.excerpt ? [] : notFound(label, result);
  if (label.classification !== "success" && !label.excerpt) {
    score.findable++;
    for (const budget of SCORE_BUDGETS) if (!missing.includes(budget)) score.found[budget]++;
  }
  if (right && missing.length === 0) return;
  score.misses.push({
    id: label.id,
    file: label.file,
    expected: label.classification,
    got: result.outcome === "succeeded" ? "success" : result.classification,
    ...(missing[0] === undefined ? {} : { notFoundIn: missing[0] }),
  });
}

function classIsRight(label: CorpusLabel, result: CorpusResult): boolean {
  if (label.classification === "success") return !result.hasCause;
  if (result.outcome === "succeeded") return false;
  return [label.classification, ...label.acceptable]
    .map((name) => LABEL_CLASSES[name] ?? name)
    .includes(result.classification);
}

/** Budgets whose extract lacks a labelled substring, largest first. */
function notFound(label: CorpusLabel, result: CorpusResult): Budget[] {
  return SCORE_BUDGETS.filter(
    (budget) => !label.root_cause_substrings.every((text) => result.extracts[budget].includes(text)),
  );
}
