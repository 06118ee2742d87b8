const levels = { debug: 0, info: 1, warn: 2, error: 3 } as const;
export type LogLevel = keyof typeof levels;

/** One line an event; `cause` is written with its stack and its own causes, which never leave the server. */
export type Log = (level: LogLevel, text: string, cause?: unknown) => void;

function describe(cause: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = cause, depth = 0; at !== undefined && depth < 5; depth += 1) {
    parts.push(at instanceof Error ? (at.stack ?? `${at.name}: ${at.message}`) : String(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return parts.join("\n  caused by ");
}

/** `write` gets whole lines; entries below `least` are left out. */
export function createLog(write: (line: string) => void, now: () => number, least: LogLevel = "info"): Log {
  return (level, text, cause) => {
    if (levels[level] < levels[least]) return;
    const detail = cause === undefined ? "" : `: ${describe(cause)}`;
    write(`${new Date(now()).toISOString()} ${level} ${text}${detail}\n`);
  };
}
