import type { Briefing } from "@portwright/server/protocol";
import type { StringKey } from "./strings.ts";
import { visible } from "./visible.ts";

/** Most characters of one text that the view shows; the whole stands in the server. */
const shownCharacters = 8000;

export interface BoundedText {
  text: string;
  /** Characters left out. */
  cut: number;
}

export function bounded(text: string): BoundedText {
  return { text: text.slice(0, shownCharacters), cut: Math.max(0, text.length - shownCharacters) };
}

/** The newest part of a text that still grows, from the beginning of a line where there is one. */
export function boundedEnd(text: string): BoundedText {
  if (text.length <= shownCharacters) return { text, cut: 0 };
  const end = text.slice(-shownCharacters);
  const line = end.indexOf("\n") + 1;
  return { text: end.slice(line), cut: text.length - shownCharacters + line };
}

/** Arguments of a tool call by name; texts as they are, anything else as JSON. Null when the model wrote no JSON object. */
export function readArguments(json: string): [name: string, value: string][] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    // Models write broken JSON; it is shown as it is.
    return null;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return null;
  return Object.entries(parsed).map(([name, value]) => [
    visible(name),
    // What JSON had escaped is a character only now.
    visible(typeof value === "string" ? value : JSON.stringify(value)),
  ]);
}

/** The arguments on one line, for the heading of a card. */
export function argumentLine(json: string): string {
  const values = readArguments(json)?.map(([, value]) => value) ?? [json];
  const line = values.join("  ").slice(0, 1000).replace(/\s+/g, " ").trim();
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}

/** What became of one part of the first message: its size, the playbooks that were shown, and what found no room. */
export function partInWords(
  { name, bytes, told, shown, left }: Briefing["sections"][number],
  text: (key: StringKey, ...values: (string | number)[]) => string,
): string {
  const size =
    told === 0
      ? text("partLeft", bytes.toLocaleString())
      : told < bytes
        ? text("partCut", told.toLocaleString(), bytes.toLocaleString())
        : text("partWhole", told.toLocaleString());
  return [
    size,
    ...(name === "playbooks" && told > 0 ? [shown.join(", ")] : []),
    ...(told > 0 && left.length > 0 ? [text("partWithout", left.join(", "))] : []),
  ].join(" · ");
}

/** `340 ms`, `2.4 s`, `3 min 20 s`, `2 h 5 min`. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return withRest(`${minutes} min`, Math.floor(seconds % 60), "s");
  return withRest(`${Math.floor(minutes / 60)} h`, minutes % 60, "min");
}

const withRest = (whole: string, rest: number, unit: string): string =>
  rest === 0 ? whole : `${whole} ${rest} ${unit}`;

/** As above in whole seconds, for what is counted while one looks. */
export function elapsedText(milliseconds: number): string {
  return milliseconds < 60_000 ? `${Math.floor(milliseconds / 1000)} s` : durationText(milliseconds);
}

/** Money as prices are given, with as many digits as a small sum needs: `0.0042 USD`. */
export function moneyText(micros: number, unit: string): string {
  const sum = micros / 1_000_000;
  const text = sum.toLocaleString(undefined, {
    minimumFractionDigits: 2,
    maximumFractionDigits: sum < 1 ? 4 : 2,
  });
  return unit === "" ? text : `${text} ${unit}`;
}
