import type { Environment } from "../environments/types.ts";

export interface BuildRequest {
  environment: Environment;
  origin: string;
  /** "" when unflavored. */
  flavor: string;
  /** Last phase to run; default is everything up to `package`, check-plist included. */
  until?: string;
  /** Goes on from what the port's last build left, and leaves alone what those of others did. Only `bsd-make` can. */
  resume?: boolean;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  onPhase?: (phase: string) => void;
  /** The log's bytes as they come, for who looks on. */
  onOutput?: ((chunk: Uint8Array) => void) | undefined;
}

export interface BuildResult {
  passed: boolean;
  /** Phase that failed; null when it passed or no phase ran. */
  failedPhase: string | null;
  cancelled: boolean;
  timedOut: boolean;
  /** Host path of the whole log with dsynth-style phase banners, inside the environment's root. */
  logPath: string;
  logBytes: number;
  /** What was built: the environment's composed input hash at the time. */
  inputSha256: string;
  durationMs: number;
}

/** Builds one port in an environment; refuses (BuilderError) a composed tree that is stale. */
export interface Builder {
  readonly name: string;
  /** Versions of what builds, by name, for who wants to have the same again; absent where a builder does not tell. */
  versions?(environment: Environment, signal?: AbortSignal): Promise<Record<string, string>>;
  build(request: BuildRequest): Promise<BuildResult>;
}
