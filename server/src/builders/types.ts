import type { ServerConfig } from "../config/config.ts";
import type { Environment, Program } from "../environments/types.ts";

/** One port to be built in an environment. */
export interface BuildOrder {
  environment: Environment;
  origin: string;
  /** "" when unflavored. */
  flavor: string;
  /** Last phase to run; default is everything up to `package`, check-plist included. */
  until?: string;
  /** Targets of the framework to make after the last phase, as strictly as for committers; only with `until`. */
  checks?: readonly string[];
  /** Goes on from what the port's last build left, and leaves alone what those of others did. Only `bsd-make` can. */
  resume?: boolean;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** What a build would run. */
interface BuildPlan {
  /** Commands of the builder in their order, with the /work paths of the inside. */
  steps: { argv: readonly string[]; network: boolean }[];
  /** /work path of the log that it will leave, which may hold `*`. */
  log: string;
}

/** What a build tells as it goes on. */
export interface BuildStream {
  /** A phase begins, as the ports framework names it. */
  phase(name: string): void;
  /** Bytes of the log; they are taken when this returns. */
  output(bytes: Uint8Array): void;
}

/** How a build ended. A port that fails to build is an outcome and no error. */
export interface BuildOutcome {
  passed: boolean;
  /** null when it passed, or when it failed in the phase that the stream told last. */
  failedPhase: string | null;
  cancelled: boolean;
  timedOut: boolean;
  /** Why nothing was built (the port is ignored, a dependency fails); stands in the log, as there is no other. */
  reason?: string | undefined;
}

/** The log that a builder writes by itself, below /work/obj. */
export interface BuilderLog {
  /** /work path of the port's log; null while there is none. Asked a few times a second during a build. */
  locate(order: BuildOrder): Promise<string | null>;
  /** The phase that a line begins; without it lines are read as headings of dsynth and poudriere. */
  phaseOf?(line: string): string | undefined;
  /** Does a piece of reading in which `phaseOf` is asked of many lines, where that needs an eye on its time. Not for plugins to bring. */
  watch?<T>(reading: () => T): T;
}

/**
 * What a builder is, and the seam for others. That only what was composed is built, one build at a time, the whole log is
 * kept within bounds and everything is told to who looks on is seen to by whoever runs it (`host.ts`).
 */
export interface BuilderDriver {
  readonly name: string;
  readonly programs?: readonly Program[];
  /** It obeys `until`; builds of others that end early are run by the framework alone. */
  readonly endsEarly?: boolean;
  /** Absent: the log is what the stream was told. */
  readonly log?: BuilderLog;
  /** Versions of what builds, by name, for who wants to have the same again. */
  versions?(environment: Environment, signal?: AbortSignal): Promise<Record<string, string>>;
  /** Runs nothing of the build itself. Throws BuilderError where it cannot work at all. */
  plan(order: BuildOrder): Promise<BuildPlan>;
  /** Throws BuilderError where nothing can be said of the port: the builder is missing, busy or broke down. */
  build(order: BuildOrder, stream: BuildStream): Promise<BuildOutcome>;
}

export type BuilderConfig = ServerConfig["builder"];

/** Makes a builder; `options` is what stands for it alone in the configuration, unchecked, undefined when nothing does. */
export type BuilderFactory = (config: BuilderConfig, options: unknown) => BuilderDriver;

export interface BuildRequest extends BuildOrder {
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
  /** The whole log with phase headings that can be read, on this host; inside it stands in /work/logs by the same name. */
  logPath: string;
  logBytes: number;
  /** What was built: the environment's composed input hash at the time. */
  inputSha256: string;
  durationMs: number;
}

/** Builds one port in an environment; refuses (BuilderError) a composed tree that is stale. */
export interface Builder {
  readonly name: string;
  readonly programs: readonly Program[];
  plan(order: BuildOrder): Promise<BuildPlan>;
  /** Versions of what builds, by name; nothing where the builder does not tell. */
  versions(environment: Environment, signal?: AbortSignal): Promise<Record<string, string>>;
  build(request: BuildRequest): Promise<BuildResult>;
}
