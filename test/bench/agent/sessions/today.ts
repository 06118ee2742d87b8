import type { ShapedPort } from "./ports.ts";

/** What a call adds to the conversation, in bytes. */
export interface Asked {
  result: number;
  /** It reads a file of that size: once whole, or each time a window of it. */
  file?: "first" | "again";
}

/** All figures are bytes and stand, with their sources, in the README of this folder. */
export const promptBytes = 16_500;
export const schemaBytes = 7900;
const fileCap = 32_768;
const windowBytes = 8000;
const logBytes = 10_000;
const bytesPerToken = 4;

/** Answers that say little more than that it was done. */
export const step: Asked = { result: 300 };
export const edit: Asked = { result: 300 };
/** The prompt's order before any edit: verify, look at the diff and the overlay, compose, extract. */
export const opening = (overlay: number): Asked[] => [step, step, { result: overlay + 200 }, step, step];
/** Compose, build. */
export const ready: readonly Asked[] = [step, step];
export const log: Asked = { result: logBytes };
export const report: Asked = { result: 0 };
export const read = (bytes: number, file: Asked["file"] = "first"): Asked => ({ result: bytes, file });

/** The message that opens it: the tail of the log and the port's files, each up to its cap, and the diagnosis. */
export function firstMessage(port: ShapedPort, log: number): number {
  const files = [port.makefile, ...Object.values(port.files ?? {})].map((text) => Buffer.byteLength(text));
  return [log, ...files].reduce((all, bytes) => all + Math.min(bytes, fileCap), 2500);
}

const whole = (bytes: number, file: Asked["file"]): number => (file === "first" ? bytes : 0);

interface Road {
  /** Bytes of the message that opens it. */
  first: number;
  calls: readonly Asked[];
  /** As its later tools have them; else a file is read whole, once. */
  windows: boolean;
}

/** Tokens of such a session, a call a turn, in each of which the model says so many. */
export function tokensToday({ first, calls, windows }: Road, words: number): number {
  let said = promptBytes + schemaBytes + first;
  let bytes = 0;
  for (const { result, file } of calls) {
    bytes += said;
    const shown = file === undefined ? result : windows ? Math.min(result, windowBytes) : whole(result, file);
    said += words * bytesPerToken + shown;
  }
  return Math.round(bytes / bytesPerToken + words * calls.length);
}

/** What the model says in each turn, where so many tokens were recorded of the whole. */
export function wordsOf(road: Road, recorded: number): number {
  const turns = road.calls.length;
  return Math.max(0, Math.round((recorded - tokensToday(road, 0)) / ((turns * (turns + 1)) / 2)));
}
