import { type DiffFile, parseDiff } from "./diff.ts";

const maxDiffBytes = 64 * 1024;

/**
 * Why a diff is refused before anything is built: it is empty, too large, or reaches outside the port's
 * overlay folder. null when nothing of that holds.
 */
export function refuseDiff(diff: string, origin: string): string | null {
  if (diff.trim() === "") return "the diff is empty: a fix changes something";
  const bytes = Buffer.byteLength(diff);
  if (bytes > maxDiffBytes) return `the diff has ${bytes} bytes, more than ${maxDiffBytes}`;
  const files = parseDiff(diff);
  if (files.length === 0) return "the diff names no file";
  for (const file of files) {
    const folder = `ports/${origin}/`;
    const stray = file.paths.find((path) => !path.startsWith(folder) || path.split("/").includes(".."));
    if (stray !== undefined) return `${stray} is outside ${folder}`;
    if (file.binary) return `${file.path} is a binary change`;
    if (file.modes.some((mode) => !mode.startsWith("100"))) return `${file.path} is a link or a submodule`;
  }
  return null;
}

/** A line that, when added to a Makefile, makes a failure go away without mending it. */
const suspiciousAdditions: readonly [RegExp, string][] = [
  [
    /^\s*(?:BROKEN|IGNORE|DEPRECATED|FORBIDDEN|EXPIRATION_DATE|NOT_FOR_ARCHS|ONLY_FOR_ARCHS)\w*\s*[?:+]?=/,
    "marks the port as broken, ignored or deprecated",
  ],
  [
    /^\s*(?:NO_CHECKSUM|NO_TEST|NO_BUILD|NO_STAGE|NO_CCACHE|NO_WRKSUBDIR|DISABLE_\w+|TEST_TARGET|MAKE_JOBS_UNSAFE|NO_PACKAGE|DEVELOPER_MODE)\s*[?:+]?=/,
    "switches a check or a step of the framework off",
  ],
  [/\|\|\s*(?:true|:)(?:\s|$)/, "ignores a command's failure (|| true)"],
  [/^\t@?-(?:\$\{|[a-z]{2,}\s)/, "ignores a command's failure (leading -)"],
  [
    /^\s*OPTIONS_EXCLUDE\w*\s*[?:+]?=|_DEPENDS\w*:[NM]|^\s*\.\s*undef\s/,
    "takes options or dependencies away",
  ],
  [
    /-D_{0,2}(?:BSD_VISIBLE|_BSD_VISIBLE|POSIX_VISIBLE|_POSIX_VISIBLE|XSI_VISIBLE|ISO_C_VISIBLE)|#\s*define\s+__(?:BSD|POSIX|XSI)_VISIBLE/,
    "forces a visibility macro of the system's headers instead of including the right one",
  ],
  [
    /-Wno-error|-fpermissive|(?:FLAGS|ARGS)\S*=.*\s-[wk](?:\s|$)/,
    "silences the compiler or keeps going after errors",
  ],
];

/** `pattern:category/port[@flavor]`, on whichever line of a list it stands. */
const dependencyWord = /^[^:\s]+:[\w.+-]+\/[\w.+@-]+$/;
const optionWord = /^[A-Z0-9_]+$/;
const options = /^\s*OPTIONS_\w+\s*[?:+]?=/;

/** Why a person should look twice at a diff; each flag names the file and what is suspicious in it. */
export function lintDiff(diff: string, origin: string): string[] {
  const refused = refuseDiff(diff, origin);
  const flags = refused === null ? [] : [refused];
  for (const file of parseDiff(diff)) flags.push(...lintFile(file).map((why) => `${file.path}: ${why}`));
  return [...new Set(flags)];
}

function lintFile(file: DiffFile): string[] {
  const name = file.path.split("/").at(-1) ?? "";
  const flags: string[] = [];
  if (name === "distinfo") flags.push("changes checksums of distfiles");
  if (file.modes.includes("100755") && file.modes.length > 0) flags.push("makes a file executable");
  if (name === "STATUS") flags.push("changes the port's STATUS");
  const shrinks = file.removed.length > file.added.length;
  if (/^pkg-plist/.test(name) && shrinks) flags.push("removes more from the packing list than it adds");
  // Patches carry code of the software; only what they add to it is looked at.
  const patch = /^patch-|\.diff$/.test(name);
  if (patch && file.deleted) flags.push("removes a patch");
  const added = patch
    ? file.added.flatMap((line) => (/^\+(?!\+\+)/.test(line) ? [line.slice(1)] : []))
    : file.added;
  for (const [pattern, why] of suspiciousAdditions)
    if (added.some((line) => pattern.test(line))) flags.push(why);
  if (!patch) flags.push(...lintLosses(file));
  return flags;
}

/** What a Makefile loses: words that stood in a dependency or option list and stand nowhere in the new one. */
function lintLosses(file: DiffFile): string[] {
  const kept = file.added.join("\n");
  const lost = (counts: (line: string, word: string) => boolean) =>
    file.removed
      .filter((line) => !line.trimStart().startsWith("#"))
      .flatMap((line) => line.split(/[\s=]+/).filter((word) => counts(line, word)))
      .find((word) => !kept.includes(word));
  const dependency = lost((_, word) => dependencyWord.test(word));
  const option = lost((line, word) => options.test(line) && optionWord.test(word));
  return [
    ...(dependency === undefined ? [] : [`drops the dependency ${dependency}`]),
    ...(option === undefined ? [] : [`drops ${option} from the port's options`]),
  ];
}
