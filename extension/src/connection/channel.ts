import type { Readable, Writable } from "node:stream";
import type { Problem } from "./state.ts";

/** How the way to the server ended, in words for a person. */
export interface Ending {
  reason: string;
  problem: Problem | null;
}

/** The two ends of `portwright connect --stdio`, wherever it runs. */
export interface Channel {
  readonly input: Readable;
  readonly output: Writable;
  /** Never rejects. */
  readonly ended: Promise<Ending>;
  close(): void;
}

/** A start that failed; `ending` says why. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  readonly ending: Ending;
  constructor(ending: Ending, cause?: unknown) {
    super(ending.reason, { cause });
    this.ending = ending;
  }
}

/**
 * Opens the way to a server. Throws ConnectError. `log` is told what the other end says beside the protocol, line by line.
 */
export type OpenChannel = (log: (line: string) => void, signal: AbortSignal) => Promise<Channel>;
