import type { LiveFeed } from "../agent/live/feed.ts";
import type { ModelKeys } from "../agent/model/configured.ts";
import type { LentModels } from "../agent/model/editors.ts";
import type { Builder } from "../builders/types.ts";
import type { ServerConfig } from "../config/config.ts";
import type { DeliveryService } from "../delivery/delivery.ts";
import type { PushService } from "../delivery/push.ts";
import type { EnvironmentManager } from "../environments/types.ts";
import type { Carried } from "../jobs/heartbeat.ts";
import type { JobQueue } from "../jobs/types.ts";
import type { Idle } from "../jobs/worker.ts";
import type { Knowledge } from "../language/document.ts";
import type { BuilderUse } from "../plugins/configured.ts";
import type { Policy } from "../policy/load.ts";
import type { ProofService } from "../proof/service.ts";
import type {
  BuilderLink,
  Check,
  EndpointHealth,
  Job,
  JournalStatus,
  LiveRun,
  MethodResult,
  PruneReport,
} from "../protocol/index.ts";
import type { PruneOptions, Store } from "../store/types.ts";

/** What the handlers may use; made once, where `serve` wires the server. */
export interface Services {
  readonly version: string;
  readonly stateDir: string;
  readonly config: ServerConfig;
  readonly store: Store;
  readonly jobs: JobQueue;
  readonly live: LiveFeed;
  /** As it was when the server started. */
  readonly policy: Policy;
  /** null when no trees are configured: evidence and diagnosis work, repairing does not. */
  readonly environments: EnvironmentManager | null;
  readonly proofs: ProofService;
  readonly delivery: DeliveryService;
  readonly pushing: PushService;
  /** They go to providers only. */
  readonly keys: ModelKeys;
  /** What connected editors lend. */
  readonly lent: LentModels;
  /** How the endpoints of the models are doing. */
  modelHealth(): EndpointHealth[];
  /** Jobs that are being carried. */
  workers(): Carried[];
  /** Workers that wait for one. */
  idleWorkers(): Idle[];
  /** Why a job in the queue is not begun, where the policy is the reason; else null. */
  whyWaits(job: Job): string | null;
  readonly now: () => number;
  readonly newId: () => string;
  journalStatus(): JournalStatus;
  /** What the builders of active runs showed when they were last looked at. */
  liveRuns(): LiveRun[];
  /** The builders on other hosts. */
  builderLinks(): BuilderLink[];
  /** How a builder that died is noticed, for a person. */
  lockTest(): string;
  importEvidence(
    path: string,
    target: string,
    progress: (text: string) => void,
  ): Promise<MethodResult<"evidence/import">>;
  /** Throws PortwrightError environment where a plugin keeps it from being there. */
  builder(use: BuilderUse): Builder;
  /** What editor features read of the store, the trees and the policy. */
  readonly knowledge: Knowledge;
  checkPolicy(): MethodResult<"policy/check">;
  /** The configured plugins, and why one was left out. */
  checkPlugins(): Check[];
  /** What builds could be isolated with on this host, where no trees are configured. */
  checkMachine(signal: AbortSignal): Promise<Check[]>;
  /** The hooks of the builder on this host. */
  checkHooks(): Promise<Check[]>;
  /** Takes out what is over, as configured. */
  prune(options: PruneOptions): Promise<PruneReport>;
  /** Text without secrets, the server's own keys included. */
  redact(text: string): string;
  /** The newest lines of the server's log; "" where it is not kept in a file. */
  logTail(): Promise<string>;
  /** Ends the server in order: running attempts are stopped, leases given back, the store closed. */
  shutdown(): void;
}
