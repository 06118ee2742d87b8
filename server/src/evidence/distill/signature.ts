import { createHash } from "node:crypto";
import type { FailureClass, Signature } from "../../protocol/index.ts";
import type { FindingKind } from "./kinds.ts";
import { levelNumbers, levelPath, normalize } from "./normalize.ts";
import type { DistilledFinding } from "./types.ts";

const VERSION = 1;

/** Captures that tell one cause from another, by kind; kinds not named are told apart by their message. */
const TELLING: Partial<Record<FindingKind, readonly string[]>> = {
  "patch-hunk-failed": ["patch", "file"],
  "patch-already-applied": ["patch", "file"],
  "patch-missing-file": ["patch", "file"],
  "patch-malformed": ["patch"],
  "patch-failed": ["patch"],
  "patch-file-absent": ["patch"],
  "plist-orphaned": ["path"],
  "plist-missing": ["path"],
  "gnu-makefile": ["makefile", "target"],
  "no-rule": ["target"],
  "makefile-missing": ["makefile"],
  "pkgconfig-missing": [],
  "pkgconfig-package-missing": ["package"],
  "dependency-missing": ["dependency", "package"],
  "module-missing": ["module", "package", "path", "provider", "std", "language"],
  "tool-missing": ["tool"],
  "script-missing": ["tool"],
  "uses-unknown": ["uses"],
  "header-missing": ["header"],
  "unknown-type": ["type"],
  undeclared: ["symbol"],
  "command-not-run": [],
  "implicit-declaration": ["symbol"],
  "missing-member": ["member", "type"],
  "conflicting-declaration": ["symbol"],
  "incomplete-type": ["type"],
  "warning-as-error": ["flag", "message"],
  "compiler-flag": ["flag"],
  "undefined-reference": ["symbol"],
  "library-missing": ["library"],
  "duplicate-symbol": ["symbol"],
  "version-script": ["symbol"],
  "autotools-regeneration": ["tool", "file"],
  "autotools-macro-missing": ["macro"],
  "sed-missing-file": ["tool", "file"],
  "options-single-none": ["group"],
  "license-missing": ["license"],
  "checksum-mismatch": ["distfile"],
  "checksum-absent": ["distfile"],
  "fetch-failed": ["distfile"],
  dns: [],
  "shebang-invalid": ["shebang", "file"],
  "not-declared-dependency": ["library"],
  "test-failure": ["test"],
  timeout: [],
  "out-of-memory": [],
  "disk-full": [],
};
/** Captures that are names, not places in a build folder. */
const NAMES = new Set([
  "symbol",
  "type",
  "member",
  "header",
  "dependency",
  "package",
  "module",
  "provider",
  "library",
]);

/** What stands before a staged file's name below the prefix. */
const STAGE = /^.*\/stage(?=\/)/;
const PREFIX = /^\/usr\/local\//;

/** Phases that builders cut differently count as one. */
const GROUPS: Readonly<Record<string, string>> = {
  checksum: "fetch",
  "check-plist": "package",
  "stage-qa": "stage",
  install: "stage",
};

/**
 * The fingerprint of a cause. Its key is class, phase group, kind and what tells the cause apart, in words that
 * a person can read; paths, line numbers, versions and hashes are levelled out of it.
 */
export function sign(
  classification: FailureClass,
  phase: string | null,
  cause: DistilledFinding | null,
): Signature {
  const parts = [classification, groupOf(classification, phase), cause?.kind ?? "none", ...tellingOf(cause)];
  const key = parts.join(" | ");
  const id = createHash("sha256").update(`${VERSION}\n${key}`).digest("hex").slice(0, 16);
  return { version: VERSION, id, key };
}

/** The class says more of the place than a phase that an excerpt may lack; only vague classes need it. */
function groupOf(classification: FailureClass, phase: string | null): string {
  const vague = ["unknown", "timeout", "resource", "infrastructure", "runtime-error"].includes(
    classification,
  );
  if (!vague || phase === null) return "-";
  return GROUPS[phase] ?? phase.replace(/^.*-depends$/, "depends");
}

function tellingOf(cause: DistilledFinding | null): string[] {
  if (!cause) return [];
  const names = TELLING[cause.kind];
  const told = (names ?? []).flatMap((name) => {
    const value = cause.captures[name];
    if (value === undefined) return [];
    if (name === "message") return [normalize(value)];
    if (name === "path" && cause.kind.startsWith("plist-"))
      return [levelNumbers(value.replace(STAGE, "").replace(PREFIX, ""))];
    return [NAMES.has(name) && !value.startsWith("/") ? levelName(name, value) : levelPath(value)];
  });
  if (told.length > 0 || names?.length === 0) return told;
  const file = cause.file === undefined ? [] : [levelPath(cause.file)];
  return [...file, normalize(cause.captures.message ?? cause.text)];
}

function levelName(name: string, value: string): string {
  return name === "symbol" || name === "header" ? value : levelNumbers(value);
}
