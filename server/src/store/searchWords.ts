import { clean, clip } from "../evidence/distill/clean.ts";

const snippetCharacters = 200;

/** The words of what a person looks for; of signs alone nothing is left, and so nothing is found. */
export function wordsOf(text: string): string[] {
  return text
    .split(/[\s\p{Cc}]+/u)
    .map((word) => word.toWellFormed())
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
}

/** The first line that holds most of the words, around the first of them; fit to be shown. */
export function snippetOf(lines: readonly string[], words: readonly string[]): string {
  const wanted = words.map(folded);
  const held = (line: string): number => wanted.filter((word) => folded(line).includes(word)).length;
  const best = lines.reduce((left, right) => (held(right) > held(left) ? right : left), lines[0] ?? "");
  const shown = clean(best).replace(/\s+/g, " ").trim();
  const places = wanted.map((word) => folded(shown).indexOf(word)).filter((place) => place >= 0);
  return clip(shown, snippetCharacters, Math.min(...places, shown.length));
}

/** Without regard to case, and to marks on letters, as the index has it. */
function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
