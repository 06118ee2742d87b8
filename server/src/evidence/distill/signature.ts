import { createHash } from "node:crypto";
import type { FailureClass, Signature } from "../../protocol/index.ts";
import { describeKind } from "./kinds.ts";
import { levelNumbers, levelPath, normalize } from "./normalize.ts";
import { NAMES, TELLING } from "./telling.ts";
import type { DistilledFinding } from "./types.ts";

const VERSION = 2;

/** What stands before a staged file's name below the prefix. */
const STAGE = /^.*\/stage(?=\/)/;
const PREFIX = /^\/usr\/(?:local|pkg)\//;
const VAGUE: readonly FailureClass[] = ["unknown", "timeout", "resource", "infrastructure", "runtime-error"];

/** Phases that builders cut differently count as one. */
const GROUPS: Readonly<Record<string, string>> = {
  checksum: "fetch",
  "check-plist": "package",
  "stage-qa": "stage",
  install: "stage",
};

/** One part of a signature's key and what it was made from. */
export interface SignaturePart {
  name: string;
  /** As it stands in the key. */
  value: string;
  /** What it was made from, where paths, numbers or hashes were levelled out of it. */
  from?: string;
  why: string;
}

/**
 * The fingerprint of a cause and how its key is made: class, phase where the class alone says too little, kind, and
 * what tells the cause apart, in words that a person can read.
 */
export function sign(
  classification: FailureClass,
  phase: string | null,
  cause: DistilledFinding | null,
): { signature: Signature; parts: SignaturePart[] } {
  const parts: SignaturePart[] = [
    { name: "class", value: classification, why: "what sort of failure it is" },
    phasePart(classification, phase),
    {
      name: "kind",
      value: cause?.kind ?? "none",
      why: cause ? describeKind(cause.kind).replace(/ \{.*\}$/, "") : "the log does not hold its cause",
    },
    ...(cause ? tellingParts(cause) : []),
  ];
  const key = parts.map(({ value }) => value).join(" | ");
  const id = createHash("sha256").update(`${VERSION}\n${key}`).digest("hex").slice(0, 16);
  return { signature: { version: VERSION, id, key }, parts };
}

/**
 * Of errors that came side by side the one to sign: jobs end in any order, so the first by name of what it concerns,
 * then by place.
 */
export function representative(equals: readonly DistilledFinding[]): DistilledFinding | null {
  const named = equals.map((finding) => ({ finding, name: unitOf(finding) }));
  named.sort((a, b) => compare(a.name, b.name) || a.finding.offset - b.finding.offset);
  return named[0]?.finding ?? null;
}

/** The file that did not compile, else what the finding is about. */
function unitOf(finding: DistilledFinding): string {
  if (finding.file !== undefined) return levelPath(finding.file);
  return tellingParts(finding)
    .map(({ value }) => value)
    .join(" ");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The class says more of the place than a phase that an excerpt may lack; only vague classes need it. */
function phasePart(classification: FailureClass, phase: string | null): SignaturePart {
  if (phase === null || !VAGUE.includes(classification)) {
    return { name: "phase", value: "-", why: "left out: the class says as much" };
  }
  const value = GROUPS[phase] ?? phase.replace(/^.*-depends$/, "depends");
  return { name: "phase", value, ...from(phase, value), why: "the class alone says too little" };
}

function tellingParts(cause: DistilledFinding): SignaturePart[] {
  const names = TELLING[cause.kind];
  const told = (names ?? []).flatMap((name) => {
    const raw = cause.captures[name];
    if (raw === undefined) return [];
    const value = levelled(name, raw, cause);
    return [{ name, value, ...from(raw, value), why: "tells such causes apart" }];
  });
  if (told.length > 0 || names?.length === 0) return told;
  const file = cause.file === undefined ? undefined : levelPath(cause.file);
  const text = cause.captures.message ?? cause.text;
  const message = normalize(text);
  const why = "paths, numbers, versions and hashes levelled";
  return [
    ...(file === undefined ? [] : [{ name: "file", value: file, ...from(cause.file ?? "", file), why }]),
    { name: "message", value: message, ...from(text, message), why },
  ];
}

function levelled(name: string, raw: string, cause: DistilledFinding): string {
  if (name === "message" || name === "test") return normalize(raw);
  if (name === "path" && cause.kind.startsWith("plist-")) {
    return levelNumbers(raw.replace(STAGE, "").replace(PREFIX, ""));
  }
  if (!NAMES.has(name) || raw.startsWith("/")) return levelPath(raw);
  if (name === "symbol") return symbolName(raw);
  return name === "header" ? raw.replace(/^(?:\.{1,2}\/)+/, "") : levelNumbers(raw);
}

/** A symbol without what linkers add in one wording and not in another: versions, parameters, a leading underscore. */
function symbolName(symbol: string): string {
  return (
    symbol
      .replace(/@.*$/, "")
      .replace(/\((?!anonymous).*$/, "")
      .trim() || symbol
  );
}

function from(raw: string, value: string): { from?: string } {
  return raw === value ? {} : { from: raw };
}
