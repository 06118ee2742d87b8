import type { Attempt, Diagnosis, FailureClass } from "../../protocol/index.ts";

/** What a porter looks at for a kind of cause that no rule mends. */
const byKind: Readonly<Record<string, string>> = {
  "missing-member":
    "A structure lost or renamed a member: read what the library that declares it says about the change (its release notes, UPDATING) and use what took the member's place.",
  "undefined-reference":
    "The linker misses a symbol: see whether the library that had it renamed or dropped it, or whether a library is missing from LIBS.",
  "conflicting-declaration":
    "Two declarations contradict each other: compare the source's own with the one in the system header.",
  "pkgconfig-package-missing": "Find the port that installs this pkg-config package and declare it.",
  "header-missing":
    "Find what installs the header; a system header of another BSD needs a condition around its include.",
  "configure-elsewhere":
    "The reason stands in config.log or its like: keep the work directory of a build and read it there.",
  "patch-hunk-failed":
    "Compare the patch with the new source: is its change still needed, and where do its lines belong now?",
};

const byClass: Readonly<Partial<Record<FailureClass, string>>> = {
  "fetch-checksum":
    "Never put a new sum into distinfo before somebody has looked at what changed in the file.",
  "fetch-error": "See whether upstream moved the file.",
  "dependency-conflict": "Decide which of the conflicting packages the port should use.",
  "test-error":
    "Run the failing test alone; a test that is wrong on this system is patched, not switched off as a whole.",
  timeout: "See whether the build hangs (one job, verbose) or the builder's limit is too low for it.",
  resource: "See to memory and disk of the builder before building again.",
  infrastructure: "See to the builder, then build again.",
  unknown: "Build once more with one job and verbose output, and read the lines before the end.",
};

/** What to do about a case that was not fixed, most telling first. */
export function nextSteps(diagnosis: Diagnosis, attempts: readonly Attempt[]): string[] {
  const kind = diagnosis.cause?.kind;
  const steps = [kind === undefined ? undefined : byKind[kind], byClass[diagnosis.classification]];
  if (attempts.length > 0 && attempts.every((attempt) => attempt.provider === "recipes")) {
    steps.push(
      "No model was asked; configure one, or say what you know and let it try: portwright case patch.",
    );
  }
  const found = steps.filter((step) => step !== undefined);
  return found.length > 0 ? found : ["Read the lines about the cause, and edit the overlay by hand."];
}
