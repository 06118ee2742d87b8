import { InvalidArgumentError, Option } from "commander";
import type { Terminal } from "../terminal.ts";

/** Makes a commander action of a function that is loaded when the command runs. */
export type Lazily = <A extends unknown[]>(
  load: () => Promise<(terminal: Terminal, ...args: A) => Promise<void>>,
) => (...given: unknown[]) => Promise<void>;

function wholeNumber(value: string): string {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError("A whole number is needed.");
  return value;
}

/** Of money, say. */
function amount(value: string): string {
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(value)) throw new InvalidArgumentError("A number is needed.");
  return value;
}

export const amountOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(amount);
export const numberOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(wholeNumber);
export const targetOption = (): Option => new Option("--target <name>", "tree that is built, e.g. @2026Q3");
export const limitOption = (description = "rows at most, up to 500"): Option =>
  numberOption("--limit <n>", description);
