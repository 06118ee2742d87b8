import { comparable } from "./clean.ts";

/**
 * A text without what differs between two builds of one failure: folders, line numbers, versions, hashes,
 * addresses, times, job numbers.
 */
export function normalize(text: string): string {
  const levelled = comparable(text)
    .replace(/https?:\/\/\S*\/(?=[^/\s]+)/g, "")
    .replace(/(?<![\w.])(?:\.{0,2}\/)?(?:[\w.+@%~-]{1,200}\/){1,40}(?=[\w.+@%~-])/g, "")
    .replace(/\b0x[\da-f]+\b/gi, "#")
    .replace(/\b[\da-f]{7,64}\b/gi, (word) => (/\d/.test(word) ? "#" : word))
    .replace(/\[\d+\]/g, "");
  return levelNumbers(levelled)
    .replace(/:#(?::#)*: /g, ": ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 300);
}

/** Last component of a path, versions levelled. */
export function levelPath(path: string): string {
  const base = path.replace(/\/+$/, "");
  return normalize(base.slice(base.lastIndexOf("/") + 1));
}

/** Versions and counts levelled; digits that belong to a name (`pcre2`, `test1`) stay. */
export function levelNumbers(text: string): string {
  return text
    .replace(/(?<![A-Za-z_\d])\d+(?:[.:_,]\d+)*|(?<=[A-Za-z_])\d+(?:\.\d+)+/g, "#")
    .replace(/#(?:[._-]?#)+/g, "#");
}
