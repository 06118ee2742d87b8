import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { Channel, Ending, OpenChannel } from "./channel.ts";
import { onLines } from "./lines.ts";

/** A program that runs on a builder's host. */
export interface Program {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Never rejects. */
  readonly ended: Promise<Exit>;
  close(): void;
}

/** `ending` is there when the way to the program ended, not the program by itself. */
export interface Exit {
  status: number | null;
  ending: Ending | null;
}

/** The machine of a builder, here or far. */
export interface Host {
  /** Starts a program there; its words arrive as they are. Throws ConnectError. `log` is told of what a person may want to read. */
  start(words: readonly string[], log: (line: string) => void, signal: AbortSignal): Promise<Program>;
  /** Ends what still runs on the way there. */
  dispose(): void;
}

/** This machine. */
export const localHost: Host = {
  start: async ([program = "", ...args]) => programOf(program, spawn(program, args, { stdio: "pipe" })),
  dispose() {},
};

/** `explain` tells whether a status is not the program's own, but of what should have reached it. */
export function programOf(
  name: string,
  child: ChildProcessWithoutNullStreams,
  explain: (status: number | null) => Ending | null = () => null,
): Program {
  const ended = new Promise<Exit>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      const isAbsent = error.code === "ENOENT";
      const reason = isAbsent ? `there is no command ${name}` : error.message;
      resolve({ status: null, ending: { reason, problem: isAbsent ? "commandNotFound" : null } });
    });
    child.once("close", (status) => resolve({ status, ending: explain(status) }));
  });
  const { stdin, stdout, stderr } = child;
  return { stdin, stdout, stderr, ended, close: () => void child.kill() };
}

/** Exit status with which a shell, here or at the other end of ssh, says that there is no such command. */
const shellNotFound = 127;
/** How `portwright connect` begins to tell that no further try will start the server. */
const cannotStart = /^the server did not start:|^Node \d+ or newer is needed/;

/** The way to the server that `words` reach on the host. */
export function channelTo(host: Host, words: readonly string[]): OpenChannel {
  return async (log, signal): Promise<Channel> => {
    const program = await host.start(words, log, signal);
    let said = "";
    onLines(program.stderr, (line) => {
      said = line.replace(/^portwright: /, "");
      log(line);
    });
    // Writing to a program that has ended fails; `ended` tells of that end.
    program.stdin.on("error", () => {});
    const ended = program.ended.then(({ status, ending }): Ending => {
      if (ending) return ending;
      const reason = said || `${words[0]} ended with status ${status}`;
      if (status === shellNotFound) return { reason, problem: "commandNotFound" };
      return { reason, problem: cannotStart.test(said) ? "serverStartFailed" : null };
    });
    return { input: program.stdout, output: program.stdin, ended, close: program.close };
  };
}
