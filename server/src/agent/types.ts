import type { Builder } from "../builders/types.ts";
import type { Environment } from "../environments/types.ts";
import type {
  AttemptOutcome,
  Briefing,
  Bundle,
  Case,
  Decision,
  LostUsage,
  ModelPrice,
  RecipeUse,
  Tier,
  ToolName,
  Turn,
  Usage,
} from "../protocol/index.ts";
import type { BlobStore } from "../store/types.ts";
import type { Piece } from "./briefing/assemble.ts";
import type { LiveTeller } from "./live/teller.ts";
import type { Consent } from "./loop/consent.ts";
import type { Operator } from "./loop/operator.ts";
import type { RuleBook } from "./recipes/book.ts";
import type { KinFix } from "./recipes/kin.ts";
import type { RecordedAttempt } from "./replay/types.ts";

/** Limits of one attempt; all are hard. */
export interface Budget {
  tokens: number;
  turns: number;
  builds: number;
  wallMs: number;
  /** Money in millionths; absent for no limit. */
  costMicros?: number | undefined;
  calls?: Partial<Record<ToolName, number>> | undefined;
}

/** What an earlier attempt at the same case leaves to the next one. */
export interface LedgerEntry {
  attempt: number;
  outcome: AttemptOutcome;
  summary: string;
  /** Path and SHA-256 of the content after each edit, and how the builds after them ended. */
  edits: string[];
  builds: string[];
  /** Diffs of its builds that failed. */
  failed: FailedBuild[];
}

/** A build of an attempt that did not pass. */
export interface FailedBuild {
  /** SHA-256 of the DeltaPorts diff that was built. */
  diffSha256: string;
  signature: string;
  /** In which phase it failed, and why. */
  words: string;
}

/** Another case that may show the way. */
export interface Sibling {
  subject: Case;
  /** It has the same signature; else it is the same port on another target or in another flavor. */
  sameFailure: boolean;
  /** Its proved diff, cut when it is long; "" when there is none. */
  diff: string;
}

export interface AttemptRequest {
  attemptId: string;
  number: number;
  subject: Case;
  bundle: Bundle;
  tier: Tier;
  decision: Decision;
  budget: Budget;
  /** What money is counted with where the budget limits it. */
  prices?: readonly ModelPrice[] | undefined;
  environment: Environment;
  builder: Builder;
  blobs: BlobStore;
  /** What porters wrote about this case, what matters most first. */
  context: readonly Piece[];
  ledger: LedgerEntry[];
  siblings: readonly Sibling[];
  /** What mended the same failure elsewhere, for the rule book to try first. */
  kin: readonly KinFix[];
  /** What an attempt of the rule book may use. */
  book: RuleBook;
  signal: AbortSignal;
  /** What it is told first, before it is told. */
  onBriefing: (briefing: Briefing) => void;
  /** Each complete turn, before the next one starts. */
  onTurn: (turn: Turn) => void;
  onPhase: (phase: string) => void;
  live: LiveTeller;
  operator: Operator;
  consent: Consent;
  /** The model's answer of this turn is there. */
  onAnswer: (turn: number, spent: Spent) => void;
  /** Where an earlier server ended after a turn of this attempt. */
  resume?: Resume | undefined;
  /** What answers used that ended with an earlier server, and are in no turn. */
  lost?: LostAnswers | undefined;
}

/** What answers used that never became turns. */
export interface LostAnswers {
  usage: Usage;
  /** The part of it that stand-ins used. */
  by: readonly LostUsage[];
}

/** What an attempt used so far. */
export interface Spent {
  readonly usage: Usage;
  /** Part of it: what stand-ins used for nothing. */
  readonly lostBy: readonly LostUsage[];
  /** Money in millionths; undefined where it has no limit. */
  readonly costMicros: number | undefined;
}

/** An attempt that goes on from its record. */
export interface Resume {
  record: RecordedAttempt;
  /** No call began after the last turn, so that the environment may be as that one left it. */
  isQuiet: boolean;
  /** The environment as it was made, without all that was done in it. */
  reset: () => Promise<Environment>;
}

export interface AttemptReport {
  outcome: AttemptOutcome;
  /** The agent's closing words, or what stopped it; goes into the hand-over. */
  summary: string;
  /** DeltaPorts diff when the attempt's last build passed on exactly these edits; "" otherwise. */
  diff: string;
  turns: number;
  builds: number;
  usage: Usage;
  /** As `Spent` has it; absent where there is none. */
  lostBy?: LostUsage[];
  /** Of the rule book: what it used. */
  recipes?: RecipeUse[];
}

/** A source of attempts: a rule book or a model, both driving the same loop and tools. */
export interface Agent {
  /** `recipes`, or the model provider's name. */
  readonly provider: string;
  readonly model: string;
  /** Throws NotResumable when it cannot go on from what is recorded of it. */
  attempt(request: AttemptRequest): Promise<AttemptReport>;
}
