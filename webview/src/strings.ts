/** Every text of the view in English; the editor hands over the same keys in its own language. */
export const strings = {
  loading: "Loading the session…",
  disconnected: "The connection to the server is lost; what follows comes when it is back.",
  attempt: "Attempt {0}",
  tier: "Tier",
  provider: "Provider",
  tokens: "Tokens",
  cached: "{0} ({1} cached)",
  turns: "Turns",
  builds: "Builds",
  running: "running",
  stop: "Stop",
  openDiff: "Open Diff",
  newerAttempt: "Attempt {0} has begun",
  turn: "Turn {0}",
  reasoning: "Reasoning",
  arguments: "Arguments",
  result: "Result",
  failed: "failed",
  wholeResult: "Open the whole result",
  noTurns: "No turn yet.",
  phases: "Build phases",
  proof: "Proof",
  lookTwice: "Look twice",
  buildLog: "Open the proof's build log",
  baselineLog: "Open the baseline's log",
  announceTurn: "Turn {0}: {1}",
  cut: "… {0} more characters",
} as const;

export type StringKey = keyof typeof strings;
export type Strings = Readonly<Record<StringKey, string>>;

/** Fills `{0}`, `{1}` ... */
export function fill(text: string, ...values: (string | number)[]): string {
  return text.replace(/\{(\d)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
}
