import type { Result } from "../protocol/index.ts";

const columns: readonly (readonly [string, (result: Result) => string | number | undefined])[] = [
  ["origin", ({ origin }) => origin],
  ["flavor", ({ flavor }) => flavor],
  ["result", ({ kind }) => kind],
  ["package", ({ pkgname }) => pkgname],
  ["phase", ({ phase }) => phase],
  ["reason", ({ reason }) => reason],
  ["seconds", ({ seconds }) => seconds],
  ["at", ({ at }) => new Date(at).toISOString()],
  ["bundle", ({ bundleId }) => bundleId ?? ""],
];

/** Names of the columns, as RFC 4180 writes a line. */
export const csvHead = line(columns.map(([name]) => name));

export const csvRow = (result: Result): string => line(columns.map(([, read]) => String(read(result) ?? "")));

function line(cells: readonly string[]): string {
  return `${cells.map(cell).join(",")}\r\n`;
}

/** What a spreadsheet would take for a formula gets an apostrophe, which it takes for the sign of text. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
