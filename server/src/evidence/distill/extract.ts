import { redact } from "../redact.ts";
import { clip } from "./clean.ts";
import type { QuotedLine, Sighting } from "./types.ts";

/** What an extract is made from, most telling first. */
export interface Material {
  cause: Sighting | null;
  /** Other errors, most likely first. */
  others: readonly Sighting[];
  /** The lines in which the build gave up, in order. */
  terminals: readonly Sighting[];
  /** The last lines of the log, oldest first. */
  tail: readonly QuotedLine[];
  /** Lines of the configure script's own log that say why it stopped; numbered as there. */
  configLog: readonly QuotedLine[];
}

const ASIDE = "\n\nconfig.log:\n";
const ASIDE_WIDTH = 240;

interface Entry extends QuotedLine {
  cause: boolean;
}

/**
 * Quotes the lines that matter, in the order of the log, as `  LINE| text` with `>` before the cause and `...`
 * where lines were left out. Never more than `budget` bytes of UTF-8; secrets are redacted.
 */
export function renderExtract(material: Material, budget: number): string {
  const aside = renderAside(material.configLog, Math.floor(budget / 3));
  const page = new Page(budget - Buffer.byteLength(aside));
  const { cause, others, terminals, tail } = material;
  const wide = Math.max(160, Math.min(600, Math.floor(budget / 4)));
  const narrow = Math.max(120, Math.min(300, Math.floor(budget / 12)));
  if (cause) {
    page.add(cause.finding.line, cause.finding.text, wide, true);
    page.addAll(cause.after.slice(0, 2), narrow);
    page.addAll(cause.before.slice(-3).reverse(), narrow);
  }
  for (const other of others.slice(0, 4)) page.add(other.finding.line, other.finding.text, narrow);
  for (const terminal of terminals.slice(0, 1))
    page.add(terminal.finding.line, terminal.finding.text, narrow);
  if (cause?.block) page.addAll(cause.block.lines, narrow);
  if (!cause) page.addAll(tail.slice(-30).reverse(), narrow);
  if (cause) page.addAll(cause.after.slice(2), narrow);
  for (const other of others.slice(4, 40)) page.add(other.finding.line, other.finding.text, narrow);
  page.addAll(tail.slice(-3).reverse(), narrow);
  if (cause) page.addAll(cause.before.slice(0, -3).reverse(), narrow);
  for (const other of others.slice(0, 12)) {
    page.addAll(other.after.slice(0, 5), narrow);
    page.addAll(other.before.slice(-2).reverse(), narrow);
  }
  for (const terminal of terminals) page.add(terminal.finding.line, terminal.finding.text, narrow);
  page.addAll(tail.slice(-24).reverse(), narrow);
  return page.render() + aside;
}

/** Lines of another log below the extract, the last ones where not all fit; nothing when none does. */
function renderAside(lines: readonly QuotedLine[], budget: number): string {
  const page = new Page(budget - ASIDE.length);
  page.addAll([...lines].reverse(), ASIDE_WIDTH);
  const text = page.render();
  return text === "" ? "" : ASIDE + text;
}

class Page {
  private readonly entries = new Map<string, Entry>();
  private readonly lines = new Set<number>();
  private left: number;

  constructor(budget: number) {
    this.left = budget;
  }

  addAll(quoted: readonly QuotedLine[], width: number): void {
    for (const { line, text } of quoted) this.add(line, text, width);
  }

  add(line: number, text: string, width: number, cause = false): void {
    const clipped = redact(clip(text, width));
    const key = `${line}\t${clipped.slice(0, 40)}`;
    if (this.entries.has(key) || clipped.trim() === "") return;
    // Each line may need a gap mark of four bytes before it, and one ends the page.
    const cost = Buffer.byteLength(clipped) + String(line).length + 8;
    if (cost > this.left) return;
    this.left -= cost;
    this.lines.add(line);
    this.entries.set(key, { line, text: clipped, cause });
  }

  render(): string {
    const sorted = [...this.entries.values()].sort((a, b) => a.line - b.line);
    const out: string[] = [];
    let previous: number | undefined;
    for (const { line, text, cause } of sorted) {
      if (previous !== undefined && line > previous + 1) out.push("...");
      out.push(`${cause ? ">" : " "} ${line}| ${text}`);
      previous = line;
    }
    return out.join("\n");
  }
}
