import type { DistilledFinding, QuotedLine } from "./types.ts";

const CHECK = /^configure:\d+: checking (?:for |whether |if )?(?<check>.*)/;
const PROGRAM = /^\| |^configure:\d+: failed program was:|^\s*$/;
const STOP = /^configure:\d+: error: (?!in ['`])(?<message>.*)/;
const LINES = 40;
const TEXT = 400;

/** The part of a `config.log` that says why the script stopped. */
export interface ConfigLogSlice {
  /** What was being checked, e.g. `for working mmap`; empty when the log does not say. */
  check: string;
  /** What the script says as it stops. */
  message: string;
  /** Lines of the last check and the stop, by their numbers in `config.log`; the program that was tried is left out. */
  lines: QuotedLine[];
  /** Of these lines the one that says most, if any does. */
  reason: DistilledFinding | null;
}

/** Follows a `config.log` line by line and keeps the check that was on when the script stopped. */
export class ConfigLogReader {
  private check = "";
  private probe: QuotedLine[] = [];
  private found: Omit<ConfigLogSlice, "reason"> | null = null;

  take(line: QuotedLine): void {
    const check = CHECK.exec(line.text)?.groups?.check;
    if (check !== undefined) {
      this.check = check;
      this.probe = [];
    }
    const stop = STOP.exec(line.text)?.groups?.message;
    if (PROGRAM.test(line.text)) return;
    this.probe.push({ line: line.line, text: line.text.slice(0, TEXT) });
    if (this.probe.length > LINES) this.probe.splice(1, 1);
    if (stop !== undefined) this.found = { check: this.check, message: stop, lines: [...this.probe] };
  }

  /** Null when the script did not stop by itself. */
  end(): Omit<ConfigLogSlice, "reason"> | null {
    return this.found;
  }
}
