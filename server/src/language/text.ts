import type { Position, Range, TextEdit } from "vscode-languageserver";
import { commonEnds } from "../agent/recipes/unified.ts";

/** A longer line is no work of a person, and is not looked into. */
const maxLine = 4000;
/** A larger document gets no features. */
const maxBytes = 2 * 1024 * 1024;
const maxLines = 50_000;

/** Lines without their ends, those too long as empty ones; null for a text that is too large. */
export function linesOf(text: string): string[] | null {
  if (text.length > maxBytes) return null;
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.length > maxLines) return null;
  return lines.map((line) => (line.length > maxLine ? "" : line));
}

export const rangeOn = (line: number, start: number, end: number): Range => ({
  start: { line, character: start },
  end: { line, character: end },
});

/** A whole line from its first visible character. */
export function wholeLine(lines: readonly string[], line: number): Range {
  const text = lines[line] ?? "";
  return rangeOn(line, text.search(/\S|$/), text.length);
}

/** The line with its end, so that nothing of it is left. */
export function removal(lines: readonly string[], line: number): TextEdit {
  const isLast = line + 1 >= lines.length;
  const end = isLast ? { line, character: lines[line]?.length ?? 0 } : { line: line + 1, character: 0 };
  return { range: { start: { line, character: 0 }, end }, newText: "" };
}

export const replacement = (range: Range, newText: string): TextEdit => ({ range, newText });

/** The one edit between what two texts have in common at their ends, whole lines of it. */
export function changeBetween(before: readonly string[], after: readonly string[]): TextEdit {
  const { head, tail } = commonEnds(before, after);
  const added = after.slice(head, after.length - tail);
  const last = before.length - 1;
  const atEnd: Position = { line: last, character: before[last]?.length ?? 0 };
  if (head > last)
    return replacement({ start: atEnd, end: atEnd }, added.map((line) => `\n${line}`).join(""));
  const end = before.length - tail;
  const start: Position = { line: head, character: 0 };
  if (end > last) return replacement({ start, end: atEnd }, added.join("\n"));
  const newText = added.map((line) => `${line}\n`).join("");
  return replacement({ start, end: { line: end, character: 0 } }, newText);
}

export function holds(range: Range, { line, character }: Position): boolean {
  const { start, end } = range;
  if (line < start.line || line > end.line) return false;
  return (
    (line > start.line || character >= start.character) && (line < end.line || character <= end.character)
  );
}

export const overlap = (a: Range, b: Range): boolean => holds(a, b.start) || holds(b, a.start);
