/** How one port ended, as the run-wide lists of dsynth say it. */
export type PortOutcome =
  | { kind: "built" }
  | { kind: "failed"; phase: string }
  | { kind: "ignored" | "skipped"; reason: string };

/** Phases that the lists name otherwise than the banners of the log. */
const bannerNames: Record<string, string> = {
  "install-pkgs": "setup",
  "dump-env": "Environment",
  "show-config": "showconfig",
  "make-conf": "/etc/make.conf",
};

/**
 * Finds `spec` (`origin` or `origin@flavor`) in the texts of 01_success_list.log to 04_skipped_list.log;
 * null when the run said nothing about it. The last word counts: a port can be taken up again in one run.
 */
export function findOutcome(
  lists: { success: string; failure: string; ignored: string; skipped: string },
  spec: string,
): PortOutcome | null {
  for (const words of records(lists.failure, "FAILURE", spec)) {
    const phase = words.at(-2) ?? "";
    return { kind: "failed", phase: bannerNames[phase] ?? phase };
  }
  for (const _ of records(lists.success, "SUCCESS", spec)) return { kind: "built" };
  const ignored = reasonOf(lists.ignored, spec, "ignored due to");
  if (ignored !== null) return { kind: "ignored", reason: ignored };
  const skipped = reasonOf(lists.skipped, spec, "skipped due to");
  return skipped === null ? null : { kind: "skipped", reason: skipped };
}

/** Lines `[NNN] KIND spec ...`, newest first, in words. */
function records(list: string, kind: string, spec: string): string[][] {
  return list
    .split("\n")
    .map((line) => line.split(/\s+/).filter(Boolean))
    .filter(([slot, word, name]) => /^\[\w+\]$/.test(slot ?? "") && word === kind && name === spec)
    .reverse();
}

/** Lines `[XXX] spec [N] ignored due to REASON`. */
function reasonOf(list: string, spec: string, words: string): string | null {
  for (const line of list.split("\n").reverse()) {
    const at = line.indexOf(` ${words} `);
    if (at < 0 || line.split(/\s+/)[1] !== spec) continue;
    return line.slice(at + words.length + 2).trim();
  }
  return null;
}
