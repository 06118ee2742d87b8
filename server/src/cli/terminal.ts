import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Options that every command takes. */
export interface GlobalOptions {
  state?: string;
  json?: boolean;
  verbose?: boolean;
}

/** What a command knows of the world around it. */
export interface Terminal {
  readonly stateDir: string;
  readonly json: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Columns that a table may use. */
  readonly width: number;
  /** Closed by Ctrl-C or a request to end. */
  readonly signal: AbortSignal;
  out(text: string): void;
  err(text: string): void;
  /** Progress of long work: one changing line on a terminal, lines with --verbose, else nothing. */
  progress(text: string): void;
}

const defaultWidth = 120;
const clearLine = "\r\u001b[K";

function defaultStateDir(env: NodeJS.ProcessEnv, isRoot: boolean, home: string): string {
  if (env.PORTWRIGHT_STATE) return resolve(env.PORTWRIGHT_STATE);
  return isRoot ? "/var/db/portwright" : join(home, ".local/share/portwright");
}

export function openTerminal(options: GlobalOptions, signal: AbortSignal): Terminal & Disposable {
  const { stdout, stderr, env } = process;
  let lineShown = false;
  const clear = (): void => {
    if (lineShown) stderr.write(clearLine);
    lineShown = false;
  };
  return {
    stateDir: options.state
      ? resolve(options.state)
      : defaultStateDir(env, process.getuid?.() === 0, homedir()),
    json: options.json ?? false,
    env,
    width: stdout.isTTY ? stdout.columns : defaultWidth,
    signal,
    out(text) {
      clear();
      stdout.write(text);
    },
    err(text) {
      clear();
      stderr.write(text);
    },
    progress(text) {
      if (options.verbose) {
        stderr.write(`${text}\n`);
      } else if (stderr.isTTY) {
        stderr.write(clearLine + [...text].slice(0, stderr.columns - 1).join(""));
        lineShown = true;
      }
    },
    [Symbol.dispose]: clear,
  };
}
