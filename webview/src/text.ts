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
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
}

/** The arguments on one line, for the heading of a card. */
export function argumentLine(json: string): string {
  const values = readArguments(json)?.map(([, value]) => value) ?? [json];
  const line = values.join("  ").replace(/\s+/g, " ").trim();
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}

/** `340 ms`, `2.4 s`, `3 min 20 s`. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}
