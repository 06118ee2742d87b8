/**
 * JSON of a builder that escapes little: control bytes inside strings become blanks, broken UTF-8 replacement
 * characters. `null` when it is still no JSON, as a file is that is being written.
 */
export function parseLenient(text: string): unknown {
  try {
    return JSON.parse(text.replace(/[\u0000-\u001f\u007f]/g, " "));
  } catch {
    // Half written, or foreign: the caller says what that means.
    return null;
  }
}

/** The whole flat objects (`{...}` without braces inside) of a text that is no JSON as a whole. */
export function salvageObjects(text: string, limit: number): Record<string, unknown>[] {
  const objects: Record<string, unknown>[] = [];
  for (const [found] of text.matchAll(/\{[^{}]{1,8000}\}/g)) {
    if (objects.length >= limit) break;
    const parsed = parseLenient(found);
    if (isRecord(parsed)) objects.push(parsed);
  }
  return objects;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text field, "" when it is absent or something else. */
export function textOf(record: Record<string, unknown>, key: string, longest = 1000): string {
  const value = record[key];
  return typeof value === "string" ? value.slice(0, longest) : typeof value === "number" ? String(value) : "";
}

/** A number, also one in a string (`" 11.1"`); 0 when it is absent or something else. */
export function numberOf(record: Record<string, unknown>, key: string): number {
  const value = Number(textOf(record, key).trim());
  return Number.isFinite(value) && value >= 0 && value < 1e12 ? value : 0;
}
