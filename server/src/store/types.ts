import type {
  Approval,
  Attempt,
  Bundle,
  Case,
  CaseGroup,
  CaseGrouping,
  CaseHit,
  CaseOrder,
  CaseState,
  ComparedResult,
  ComparisonCounts,
  Delivery,
  EventType,
  FailureClass,
  Job,
  NewEvent,
  Note,
  NoteKind,
  Proof,
  PruneReport,
  Result,
  ResultChange,
  ResultKind,
  Run,
  Steering,
  StoredEvent,
  Target,
  Turn,
} from "../protocol/index.ts";

/** A page of a list in a stable order; `cursor` is opaque and comes from the page before. */
export interface PageRequest {
  limit: number;
  cursor?: string | undefined;
}
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** All terms have to hold; what is absent is not asked. See `cases/list`. */
export interface CaseFilter {
  target?: string | undefined;
  state?: CaseState | undefined;
  states?: readonly CaseState[] | undefined;
  classification?: FailureClass | undefined;
  classifications?: readonly FailureClass[] | undefined;
  origin?: string | undefined;
  flavor?: string | undefined;
  idPrefix?: string | undefined;
  text?: string | undefined;
  assignee?: string | undefined;
  needsPerson?: boolean | undefined;
  hidden?: "without" | "only" | undefined;
  group?: { by: CaseGrouping; key: string } | undefined;
}

/** All terms have to hold; `run` is one in which the port failed in just that way. See `cases/search`. */
export interface SearchFilter {
  target?: string | undefined;
  states?: readonly CaseState[] | undefined;
  classifications?: readonly FailureClass[] | undefined;
  phase?: string | undefined;
  run?: string | undefined;
  hidden?: "without" | "only" | undefined;
}

/** In how many cases the last repair by a recipe was proved, and in how many it failed, by the class that it was of. */
export interface RecipeOutcomes {
  recipe: string;
  classification: FailureClass;
  proved: number;
  failed: number;
}

export interface AppendOptions {
  /** Refuse everything (StaleLeaseError) unless this job is still leased with this fencing number. */
  fence?: { jobId: string; fence: number };
  /** Reader positions that move in the same transaction, so that an input is taken exactly once. */
  cursors?: Record<string, string>;
}

/** Times, in milliseconds: what was over before them goes; 0 keeps it for ever. */
export interface PruneLimits {
  /** States that later ones of the same entity have overtaken, and progress of builds. */
  events: number;
  /** Logs and port files of failures; what they said stays. */
  logs: number;
  /** Turns of attempts. */
  traces: number;
  /** Build logs of proofs; record and diff stay. */
  proofs: number;
  /** A case that was closed later rests as little as one that is open: nothing of it goes. */
  closed: number;
  /** Contents stored later stay: the fact that names them may still be on its way. */
  contents: number;
}

export interface PruneOptions {
  /** Nothing is removed, and the report says what would be. */
  dryRun: boolean;
  /** A person asks, and answers for the clock; otherwise days in which nothing happened do not count. */
  asked?: boolean;
  signal: AbortSignal;
  onProgress: (text: string) => void;
}

/** Content-addressed and immutable; kept gzipped; offsets and sizes are of the uncompressed content. */
export interface BlobStore {
  /** Returns the lower-case hex SHA-256; durable when it returns. */
  put(content: Uint8Array): Promise<string>;
  /** Stores a file's content in constant memory; a `.gz` source is stored as what it unpacks to. */
  putFile(path: string): Promise<{ sha256: string; bytes: number }>;
  has(sha256: string): Promise<boolean>;
  /** Throws PortwrightError notFound for an unknown hash. Reads are checked against the hash when whole. */
  read(sha256: string, range?: { offset: number; length: number }): Promise<{ data: Buffer; bytes: number }>;
  /** Holds content of any size against its hash, in constant memory, and gives its length. Throws as a read of the whole. */
  check(sha256: string): Promise<number>;
  /**
   * Removes what is not held and was last stored before `before`, in milliseconds; counts files and their size on disk.
   * `beforeFolder` runs before each part of them is looked at.
   */
  sweep(
    isHeld: (sha256: string) => boolean,
    options: PruneOptions & { before: number; beforeFolder: () => void },
  ): Promise<{ contents: number; contentBytes: number }>;
}

/**
 * The one stream of facts and its projections. One process writes (a lock file guards it).
 * `append` is one transaction: events, projections, cursors; listeners hear of it after the commit.
 */
export interface Store {
  readonly blobs: BlobStore;
  append(events: readonly NewEvent[], options?: AppendOptions): StoredEvent[];
  /** Runs `decide` on current projections and appends what it returns, all in one transaction. */
  transact<T>(decide: () => { events: NewEvent[]; value: T }, options?: AppendOptions): T;
  lastSeq(): number;
  /** Events with seq > after, in order, at most `limit`; `types` narrows what is returned. */
  events(after: number, limit: number, types?: readonly EventType[]): StoredEvent[];
  /** Events with seq < before, newest first, at most `limit`. */
  eventsBefore(before: number, limit: number): StoredEvent[];
  onAppend(listener: (events: readonly StoredEvent[]) => void): Disposable;
  cursor(name: string): string | null;
  /**
   * `horizon` is the highest place from which an event was pruned, 0 for none: up to it the stream holds the newest word on
   * each entity and not all that happened. `at` is when the last pruning ended; null for never, or
   * when the clock is not there yet.
   */
  pruned(): { horizon: number; at: number | null };
  /** Takes out what is over; one at a time. Throws PortwrightError badState when that is under way, or the disk is full. */
  prune(limits: PruneLimits, options: PruneOptions): Promise<PruneReport>;

  targets(): Target[];
  run(id: string): Run | null;
  activeRuns(): Run[];
  runs(filter: { target?: string | undefined }, page: PageRequest): Page<Run>;
  result(runId: string, origin: string, flavor: string): Result | null;
  results(runId: string): Result[];
  /** Of every flavor of a port. */
  portResults(runId: string, origin: string): Result[];
  /** By origin; `text` is a part of port, phase or reason. */
  resultPage(
    filter: { runId: string; kind?: ResultKind | undefined; text?: string | undefined },
    page: PageRequest,
  ): Page<Result> & { total: number };
  /** Ports that differ between two runs, by origin; `counts` is of all of them. */
  compareRuns(
    which: { left: Run; right: Run; change?: ResultChange | undefined },
    page: PageRequest,
  ): Page<ComparedResult> & { counts: ComparisonCounts };
  /** Ports that the run skipped, and why. */
  skipped(runId: string): Pick<Result, "origin" | "flavor" | "reason">[];
  bundle(id: string): Bundle | null;
  /** Newest first. */
  bundlesOf(target: string, origin: string, flavor: string): Bundle[];
  case(id: string): Case | null;
  /** The one case of a port on a target. */
  caseOf(target: string, origin: string, flavor: string): Case | null;
  /** Newest first unless told otherwise. */
  cases(filter: CaseFilter, page: PageRequest, order?: CaseOrder): Page<Case> & { total: number };
  /** Most blocked ports first, then most cases. */
  caseGroups(filter: CaseFilter, by: CaseGrouping, page: PageRequest): Page<CaseGroup> & { total: number };
  /** Failures that hold every word of `text`, each with its case, best place first. */
  search(text: string, filter: SearchFilter, page: PageRequest): Page<CaseHit>;
  /** The states that a case has been in, oldest first, as far as they were not pruned; `at` in milliseconds. */
  caseStates(id: string): { seq: number; at: number; state: CaseState }[];
  caseCounts(): Record<string, number>;
  job(id: string): Job | null;
  /** Newest first. */
  jobs(
    filter: {
      caseId?: string | undefined;
      kind?: Job["kind"] | undefined;
      states?: readonly Job["state"][] | undefined;
    },
    page: PageRequest,
  ): Page<Job>;
  jobCounts(): Record<string, number>;
  attempt(id: string): Attempt | null;
  attemptsOf(caseId: string): Attempt[];
  turns(attemptId: string, after?: number): Turn[];
  proof(id: string): Proof | null;
  proofsOf(caseId: string): Proof[];
  recipeOutcomes(): RecipeOutcomes[];
  delivery(id: string): Delivery | null;
  /** Newest first. */
  deliveriesOf(caseId: string): Delivery[];
  /** Newest first. */
  notes(filter: { caseId: string; kind?: NoteKind | undefined }, page: PageRequest): Page<Note>;
  /** Oldest first. */
  steeringsOf(caseId: string): Steering[];
  /** Of all cases, oldest first. */
  waitingSteerings(): Steering[];
  /** Oldest first. */
  approvalsOf(caseId: string): Approval[];
  close(): void;
}
