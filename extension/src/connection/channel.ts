import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Problem } from "./state.ts";

/** How the way to the server ended, in words for a person. */
export interface Ending {
  reason: string;
  problem: Problem | null;
}

/** The two ends of `portwright connect --stdio`, wherever it runs. */
interface Channel {
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

/** Exit status with which a shell, here or at the other end of ssh, says that there is no such command. */
const shellNotFound = 127;

/** A program of this machine whose stdin and stdout are the channel. */
export function spawnChannel([program = "", ...args]: readonly string[]): OpenChannel {
  return async (log) => {
    const child = spawn(program, args, { stdio: "pipe" });
    let said = "";
    createInterface({ input: child.stderr }).on("line", (line) => {
      said = line.replace(/^portwright: /, "");
      log(line);
    });
    const ended = new Promise<Ending>((resolve) => {
      child.once("error", (error: NodeJS.ErrnoException) =>
        resolve(
          error.code === "ENOENT"
            ? { reason: `there is no command ${program}`, problem: "commandNotFound" }
            : { reason: error.message, problem: null },
        ),
      );
      child.once("close", (code) =>
        resolve({
          reason: said || `${program} ended with status ${code}`,
          problem: code === shellNotFound ? "commandNotFound" : null,
        }),
      );
    });
    // Writing to a process that has ended fails; `ended` tells of that end.
    child.stdin.on("error", () => {});
    return { input: child.stdout, output: child.stdin, ended, close: () => void child.kill() };
  };
}
