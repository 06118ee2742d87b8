import type { Diagnosis } from "../protocol/index.ts";
import { fitsText } from "./pattern.ts";
import type { Playbook } from "./playbook.ts";

/** What a playbook's triggers are held against. */
interface PlaybookSubject {
  classification: string;
  signatureKey: string;
  /** Untrusted text of the failure. */
  evidence: string;
  /** The port's words of USES, without their arguments. */
  uses: readonly string[];
}

/** What a failure's diagnosis says to triggers; a person's or a model's class may be another than its own. */
export function playbookSubject(
  { signature, cause, extract }: Diagnosis,
  classification: string,
  uses: readonly string[],
): PlaybookSubject {
  const evidence = `${cause?.text ?? ""}\n${extract}`;
  return { classification, signatureKey: signature.key, evidence, uses };
}

/**
 * The playbooks whose triggers hold, most specific first: one that knows the signature before one that knows the
 * toolchain, that before one of the class alone; then who finds more of its words, who names fewer classes, the name.
 */
export function choosePlaybooks(
  playbooks: readonly Playbook[],
  { classification, signatureKey, evidence, uses }: PlaybookSubject,
  most: number,
): Playbook[] {
  const text = evidence.toLowerCase();
  const used = new Set(uses.map((word) => word.toLowerCase()));
  return playbooks
    .flatMap((playbook) => {
      const { id, classes, toolchain, signatures } = playbook;
      if (classes.length > 0 && !classes.some((name) => name === classification)) return [];
      if (signatures.length > 0 && !signatures.some((one) => fitsText(one, signatureKey))) return [];
      const words = toolchain.filter((word) => used.has(word) || holdsWord(text, word)).length;
      if (toolchain.length > 0 && words === 0) return [];
      const rank = [-Math.min(1, signatures.length), -words, classes.length || Number.MAX_SAFE_INTEGER];
      return [{ playbook, rank, id }];
    })
    .sort((a, b) => compareRanks(a.rank, b.rank) || (a.id < b.id ? -1 : 1))
    .slice(0, most)
    .map(({ playbook }) => playbook);
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((value, index) => value !== b[index]);
  return place < 0 ? 0 : (a[place] ?? 0) - (b[place] ?? 0);
}

const isWordCharacter = (character: string | undefined): boolean =>
  character !== undefined && /\w/.test(character);

/** Whether `word` stands in the text, and not as part of a longer one. */
function holdsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const cutsBefore = isWordCharacter(word[0]) && isWordCharacter(text[at - 1]);
    const cutsAfter = isWordCharacter(word.at(-1)) && isWordCharacter(text[at + word.length]);
    if (!cutsBefore && !cutsAfter) return true;
  }
  return false;
}
