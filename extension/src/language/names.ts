import type { LanguageId } from "../contributions.ts";

/** Language of a builder's document by its path; undefined where the editor's own guess is as good. */
export function languageOf(path: string): LanguageId | "diff" | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (/\.log$/.test(name) || path.endsWith("/logs/errors.txt")) return "build-log";
  // What stands in a work folder is the vendor's.
  if (path.includes("/work/obj/")) return undefined;
  if (/^(?:extra-)?patch-/.test(name)) return "diff";
  return /^Makefile(?:\.(?!am$|in$|diff$|patch$|orig$)|$)/.test(name) ? "ports-makefile" : undefined;
}
