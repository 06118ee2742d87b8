import { fitBytes } from "./text.ts";
import type { ToolResult } from "./types.ts";

/** Bound on what one call adds to the conversation, in bytes. */
export const RESULT_BYTES = 8192;

/** The first line of a tool's answer, and the text after it. */
export interface ParsedResult {
  facts: Record<string, unknown> & { ok: boolean };
  body: string;
}

/** What the model reads: one line of JSON by the server, then text from the environment. */
export function renderResult(result: ToolResult, limit = RESULT_BYTES, hint = ""): string {
  const header = JSON.stringify({ ok: result.ok, ...result.facts });
  if (result.body === "") return header;
  return `${header}\n${fitBytes(result.body, Math.max(512, limit - Buffer.byteLength(header) - 1), hint)}`;
}

/** Reads back what `renderResult` made. Throws SyntaxError when the content is not a tool's answer. */
export function parseResult(content: string): ParsedResult {
  const end = content.indexOf("\n");
  const facts = JSON.parse(end < 0 ? content : content.slice(0, end));
  if (typeof facts !== "object" || facts === null || typeof facts.ok !== "boolean") {
    throw new SyntaxError("not the answer of a tool");
  }
  return { facts, body: end < 0 ? "" : content.slice(end + 1) };
}

/** The same answer with more facts in its first line. */
export const withFacts = (content: string, more: Record<string, unknown>): string =>
  headed(content, { ...parseResult(content).facts, ...more });

/** The same answer with a word of the server about the attempt (budget, progress) in its first line. */
export function withNote(content: string, note: string): string {
  const { note: before } = parseResult(content).facts;
  return withFacts(content, { note: typeof before === "string" ? `${before} ${note}` : note });
}

/** The answer as it was before `withNote` added this note. */
export function withoutNote(content: string, note: string): string {
  const { facts } = parseResult(content);
  const { note: noted, ...others } = facts;
  if (typeof noted !== "string" || !noted.endsWith(note)) return content;
  const before = noted.slice(0, -note.length).trimEnd();
  return headed(content, before === "" ? others : { ...facts, note: before });
}

/** The answer's text under another first line. */
function headed(content: string, facts: Record<string, unknown>): string {
  const end = content.indexOf("\n");
  const header = JSON.stringify(facts);
  return end < 0 ? header : header + content.slice(end);
}
