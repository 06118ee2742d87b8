import type { FinishStatus } from "./finish.ts";

export interface BuildRecord {
  passed: boolean;
  phase: string | null;
  signature: string;
  /** SHA-256 of the DeltaPorts diff that was built. */
  diffSha256: string;
  /** /work path of its log. */
  log: string;
}

export interface GeneratedPatch {
  content: string;
  /** Of the content, which is kept as a blob. */
  sha256: string;
  /** Path below WRKSRC that it changes. */
  source: string;
}

/** What the tools of one attempt remember between calls. */
export interface AttemptState {
  /** The port's source folder once `extract` or `patch_phase` asked for it. */
  wrksrc: string | null;
  /** How far the sources in WRKSRC have come; a whole build leaves them unusable for making patches. */
  sources: "none" | "extracted" | "patch-failed" | "patched";
  /** Source path to the name of the patch that `genpatch` makes of it. */
  duped: Map<string, string>;
  /** Sources edited since they last went into an installed patch; a build puts them into patches first. */
  unsaved: Set<string>;
  patches: Map<string, GeneratedPatch>;
  builds: BuildRecord[];
  /** Path and SHA-256 after each edit, for the ledger. */
  edits: string[];
  finished: { status: FinishStatus; summary: string } | null;
  /** /work path of a kept text to the blob that holds it. */
  kept: Map<string, string>;
}

export function newAttemptState(): AttemptState {
  return {
    wrksrc: null,
    sources: "none",
    duped: new Map(),
    unsaved: new Set(),
    patches: new Map(),
    builds: [],
    edits: [],
    finished: null,
    kept: new Map(),
  };
}
