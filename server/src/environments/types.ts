import type { Check, EnvironmentInfo, EnvironmentKind, EnvironmentPreview } from "../protocol/index.ts";
import type { PlatformName } from "./kinds/chroot/platforms.ts";
import type { PreviewOrder } from "./preview.ts";

/**
 * The one path namespace that tools, prompts and diffs use. On every kind a path below is the same place:
 * /work/freebsd-ports (read-only), /work/DeltaPorts (edited), /work/DPorts (composed, read-only),
 * /work/distfiles, /work/packages, /work/obj (work directories), /work/logs, /work/tmp.
 */
export type TreeName = "freebsd-ports" | "DeltaPorts" | "DPorts";

export interface ExecRequest {
  argv: readonly [string, ...string[]];
  /** A /work path; default /work. */
  cwd?: string;
  /** Added to the scrubbed base environment. */
  env?: Record<string, string>;
  timeoutMs: number;
  /** Network inside; only the fetch phase asks for it. Default false. */
  network?: boolean;
  /** Closing it ends the whole process group within 5 s. */
  signal?: AbortSignal | undefined;
  /** stdout and stderr in order of arrival; the command's output waits for a promise that this returns. */
  onOutput?: ((chunk: Uint8Array) => unknown) | undefined;
  /** Bound on `output`; what exceeds it is cut from the middle. Default 256 KiB. */
  maxOutputBytes?: number;
}

/** A command as the host runs it; `env` is the whole of its environment. */
export interface HostCommand {
  argv: string[];
  cwd: string;
  env: Record<string, string>;
}

export interface ExecResult {
  /** null when a signal ended it. */
  exitCode: number | null;
  timedOut: boolean;
  cancelled: boolean;
  /** stdout and stderr interleaved. */
  output: Buffer;
  truncated: boolean;
  durationMs: number;
}

export interface FileStat {
  type: "file" | "directory" | "other";
  bytes: number;
}

interface FileRange {
  data: Buffer;
  /** Size of the whole. */
  bytes: number;
  /** Another number is another file, though of the same path. */
  inode: number;
}

/** Confined by resolution on each open: what leaves the namespace by `..`, a link or a device is refused. */
export interface EnvironmentFiles {
  stat(path: string): Promise<FileStat | null>;
  /** Throws EnvironmentError when absent, not a regular file, or larger than `maxBytes` (default 16 MiB). */
  read(path: string, maxBytes?: number): Promise<Buffer>;
  /** Part of a file of any size. */
  readRange(path: string, offset: number, length: number): Promise<FileRange>;
  /** Whether a process of its host holds a lock on it; null when that cannot be told. */
  isLocked(path: string): Promise<boolean | null>;
  /** Names with a trailing `/` for directories, sorted, at most `limit` (default 1000). */
  list(path: string, limit?: number): Promise<{ entries: string[]; truncated: boolean }>;
  /** Only below /work/DeltaPorts and /work/obj. Parents are made. Atomic by rename. */
  write(path: string, content: Uint8Array): Promise<void>;
  remove(path: string): Promise<void>;
}

/** What composing one origin did; an edit that has no effect on it is the caller's error to raise. */
export interface ComposedOrigin {
  origin: string;
  applied: string[];
  skipped: { file: string; why: string }[];
  rejects: { file: string; hunks: string }[];
  /** SHA-256 over names and contents of what the composed port was made from. */
  inputSha256: string;
}

interface LogPlace {
  /** On this host; it stays until the environment goes. */
  path: string;
  /** The log is written: from here on it can be read inside. */
  kept(): Promise<void>;
}

export interface Environment {
  readonly name: string;
  readonly kind: EnvironmentKind;
  /** With kind `ssh`: of which kind it is there. */
  readonly farKind?: EnvironmentKind;
  readonly target: string;
  /** Host folder that holds everything of this environment; never shown to a model. */
  readonly root: string;
  /** Commit that each source tree had when the environment was made. */
  readonly commits: Readonly<Record<"freebsd-ports" | "DeltaPorts", string>>;
  readonly files: EnvironmentFiles;
  exec(request: ExecRequest): Promise<ExecResult>;
  /** An interactive shell inside, for a terminal that was made for it alone. */
  shell(env: Readonly<Record<string, string>>): Promise<HostCommand>;
  /** What the host would run for a command, as text; of kind `chroot` on another platform when one is named. */
  plan(
    request: Pick<ExecRequest, "argv" | "cwd" | "env" | "network">,
    platform?: PlatformName,
  ): Promise<string>;
  /** Recomposes /work/DPorts/ORIGIN from the two trees as they are now. */
  compose(origin: string): Promise<ComposedOrigin>;
  /** Hash of the inputs that /work/DPorts/ORIGIN was composed from; null when never composed here, or rejected. */
  composedInput(origin: string): string | null;
  /** The same hash over the two trees as they are now; differs from `composedInput` when an edit was not composed. */
  currentInput(origin: string): Promise<string>;
  /** Empties /work/obj and /usr/local, so that a build sees only what it declares. */
  clean(): Promise<void>;
  /** Changes of DeltaPorts against its commit, new files included, as a git-style unified diff; "" when none. */
  diff(): Promise<string>;
  /** Applies such a diff to DeltaPorts; throws EnvironmentError naming file and hunk when it does not apply. */
  applyDiff(diff: string): Promise<void>;
  /** Where the server writes a log of that name (no path), for it to stand in /work/logs. */
  keepLog(name: string): Promise<LogPlace>;
  /** Path of a /work path on the host where the environment is, which may be another one; same confinement. */
  hostPath(path: string): Promise<string>;
  /** Text from inside with any host path turned back into its /work path. */
  toWorkPaths(text: string): string;
  destroy(): Promise<void>;
}

/** A program of the host that a builder runs inside. */
export interface Program {
  name: string;
  /** Looked up on PATH, or absolute; the folder of one outside /usr is made visible inside. */
  command: string;
  /** The field of portwright.json that names another one. */
  setting: string;
}

export interface EnvironmentManager {
  readonly kind: EnvironmentKind;
  /** With kind `ssh`: the kind that the other host last named; absent while it was not reached. */
  readonly farKind?: EnvironmentKind | undefined;
  /** Why this kind was chosen, e.g. what isolation `plain` lacks. */
  readonly note: string;
  /** A fresh snapshot of the configured trees. Dirty source trees are refused, naming the files. */
  create(request: { name: string; target: string; signal?: AbortSignal }): Promise<Environment>;
  /** What `create` would make, or what it would throw; nothing is made. */
  preview(order: PreviewOrder): Promise<EnvironmentPreview>;
  open(name: string): Promise<Environment>;
  list(): Promise<EnvironmentInfo[]>;
  /** As in `list`, with its size on disk and how far the source trees have gone on. */
  status(name: string, signal?: AbortSignal): Promise<EnvironmentInfo>;
  /** Makes it anew at the present commits; at any instant the old or the new one is there, and whole. */
  update(
    name: string,
    options: { force: boolean; signal?: AbortSignal },
  ): Promise<{ tree: string; before: string; after: string }[]>;
  /** Drops all that was done in it; the commits stay. */
  reset(name: string): Promise<void>;
  destroy(name: string): Promise<void>;
  doctor(signal?: AbortSignal): Promise<Check[]>;
  /** Throws Unhealthy where no build can be begun: isolation, tools and room on the disk are looked at. */
  ready(signal?: AbortSignal): Promise<void>;
  /** What `ready` last threw, as words, until it would not any more; null while all is well or nothing is known. */
  unready(): string | null;
  /**
   * Clears away what killed servers left: folders half made or half removed, mounts, environments of jobs, and what is kept
   * for servers of other hosts that are gone. Returns their names.
   */
  clearLeftovers(): Promise<string[]>;
  /** Of that the environments of jobs alone. */
  clearForsaken(): Promise<string[]>;
  /** Ends its connection to another host, where there is one. */
  close(): Promise<void>;
}
