import { stripVTControlCharacters } from "node:util";
import type { Attempt, Job } from "../protocol/index.ts";

/** C0 and C1 controls, bidi controls, zero-width and other invisible formatting characters. */
const invisible =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Text from a log, a port or a model, made safe for a terminal; newlines and tabs (as spaces) stay. */
export function clean(text: string): string {
  return stripVTControlCharacters(text).replaceAll("\t", "    ").replace(invisible, "");
}

/** The same on one line. */
export function oneLine(text: string): string {
  return clean(text.replace(/\s*\n\s*/g, " ")).trim();
}

/** How an attempt ended, or whether it goes on; `jobs` has its own. */
export function outcomeText(
  { outcome, jobId }: Pick<Attempt, "outcome" | "jobId">,
  jobs: readonly Pick<Job, "id" | "state">[],
): string {
  const waits = jobs.some(({ id, state }) => id === jobId && state === "queued");
  return outcome ?? (waits ? "waiting" : "running");
}

/** Why what waits does so, each reason once. */
export const waitingText = (reasons: readonly string[]): string =>
  [...Map.groupBy(reasons, (why) => why)]
    .map(([why, { length }]) => `${length} ${length === 1 ? "waits" : "wait"}: ${oneLine(why)}\n`)
    .join("");

function clip(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}

interface Column<Row> {
  title: string;
  value: (row: Row) => string | number;
}

const gap = "  ";
const narrowest = 8;

/**
 * A plain table of at most `width` columns: what does not fit is taken from the widest columns, down to 8
 * characters each. Cells are cleaned; numbers stand to the right.
 */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number): string {
  const values = rows.map((row) => columns.map(({ value }) => value(row)));
  const cells = [
    columns.map(({ title }) => title),
    ...values.map((line) => line.map((value) => oneLine(String(value)))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => [...(line[index] ?? "")].length)));
  let excess = widths.reduce((sum, each) => sum + each, gap.length * (widths.length - 1)) - width;
  while (excess > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    const current = widths[widest] ?? 0;
    if (current <= narrowest) break;
    widths[widest] = current - 1;
    excess -= 1;
  }
  const rightHand = columns.map(
    (_, index) => values.length > 0 && values.every((line) => typeof line[index] === "number"),
  );
  const lines = cells.map((line) =>
    line
      .map((cell, index) => {
        const size = widths[index] ?? 0;
        const text = clip(cell, size);
        const pad = " ".repeat(size - [...text].length);
        return rightHand[index] ? pad + text : text + pad;
      })
      .join(gap)
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

/** `name  value` lines; entries without a value are left out. */
export function facts(entries: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(entries).filter(
    ([, value]) => value !== null && value !== undefined && value !== "",
  );
  const size = Math.max(0, ...given.map(([name]) => name.length));
  return given.map(([name, value]) => `${name.padEnd(size)}  ${oneLine(String(value))}\n`).join("");
}

/** Local time to the minute, or "-". */
export function when(time: number | null): string {
  if (time === null) return "-";
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

export { portName } from "../protocol/origin.ts";

/** Money in the unit of the prices that are configured (`portwright models`), or "-" where nothing has a price. */
export function money(micros: number | undefined): string {
  return micros === undefined ? "-" : (micros / 1e6).toFixed(4);
}
