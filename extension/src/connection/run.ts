import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Host } from "./host.ts";
import { onLines } from "./lines.ts";

/** Lines of a program that are kept; what it says beyond is only told. */
const keptLines = 2000;

export interface Ran {
  /** null when the way to the program ended before it. */
  status: number | null;
  /** What it wrote to its stdout, line by line. */
  lines: string[];
  /** Its last words, for a person. */
  said: string;
}

interface RunOptions {
  /** File of this machine that the program reads. */
  input?: string;
  /** Each line of stdout and stderr as it comes. */
  tell: (line: string) => void;
  signal: AbortSignal;
}

/**
 * Runs a program on a builder's host to its end. Throws ConnectError where the host cannot be reached, and what the file
 * system says of `input`.
 */
export async function runOn(host: Host, words: readonly string[], options: RunOptions): Promise<Ran> {
  const { input, tell, signal } = options;
  await using file = input === undefined ? null : await open(input);
  const program = await host.start(words, tell, signal);
  const close = (): void => program.close();
  signal.addEventListener("abort", close, { once: true });
  const lines: string[] = [];
  let said = "";
  onLines(program.stdout, (line) => {
    if (lines.length < keptLines) lines.push(line);
    said = line || said;
    tell(line);
  });
  onLines(program.stderr, (line) => {
    said = line || said;
    tell(line);
  });
  try {
    // A program that ends without reading all of it says why by itself.
    if (file)
      await pipeline(file.createReadStream({ autoClose: false }), program.stdin).catch((error: unknown) =>
        tell(`not all of ${input} was taken: ${error}`),
      );
    else program.stdin.end();
    const { status, ending } = await program.ended;
    signal.throwIfAborted();
    return { status, lines, said: ending?.reason ?? said };
  } finally {
    signal.removeEventListener("abort", close);
  }
}
