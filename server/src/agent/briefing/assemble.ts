import type { BriefingLimits } from "../../policy/schema.ts";
import type { Briefing, BriefingPart } from "../../protocol/index.ts";
import { fitBytes, headBytes } from "../tools/text.ts";
import { frame, frameRule, type Whose } from "./frame.ts";

/** A piece that goes in whole or not at all, but for the first of a section, which is cut when it is too large. */
export interface Piece {
  name: string;
  text: string;
}

export interface Section {
  name: BriefingPart;
  title: string;
  whose: Whose;
  /** What matters most first. */
  pieces: readonly Piece[];
}

/** Less than this of a section says nothing. */
const leastBytes = 200;
const namesKept = 10;
const nameBytes = 80;

/**
 * One message from sections, in the policy's order: each gets at most its own bytes and what those before it left of
 * the whole. `closing` stands at the end and is never left out. The same sections and limits make the same message.
 */
export function assemble(
  sections: readonly Section[],
  limits: BriefingLimits,
  nonce: string,
  closing: string,
): { text: string; sections: Briefing["sections"] } {
  const told: Briefing["sections"] = [];
  const blocks = [frameRule(nonce)];
  const size = (text: string): number => Buffer.byteLength(text) + 2;
  // What is said of the parts left out is known only afterwards; all of them are the most.
  let room = limits.bytes - size(frameRule(nonce)) - size(closing) - size(missingLine(sections));
  for (const { name, bytes } of limits.sections) {
    const section = sections.find((one) => one.name === name);
    const pieces = section?.pieces.filter(({ text }) => text.trim() !== "") ?? [];
    if (section === undefined || pieces.length === 0) continue;
    const around = size(frame(section.whose, section.title, "", nonce));
    const { text, shown, left, whole } = fill(pieces, Math.min(bytes, room - around));
    if (text !== "") {
      blocks.push(frame(section.whose, section.title, text, nonce));
      room -= around + Buffer.byteLength(text);
    }
    told.push({ name, bytes: whole, told: Buffer.byteLength(text), shown: names(shown), left: names(left) });
  }
  const missing = told.filter((one) => one.told < one.bytes);
  if (missing.length > 0) blocks.push(missingLine(missing));
  return { text: [...blocks, closing].join("\n\n"), sections: told };
}

const missingLine = (sections: readonly { name: BriefingPart }[]): string =>
  `For want of room not whole, or not there: ${sections.map(({ name }) => name).join(", ")}. The tools show the rest.`;

/** The pieces that find room in `bytes`, in their order. */
function fill(
  pieces: readonly Piece[],
  bytes: number,
): { text: string; shown: Piece[]; left: Piece[]; whole: number } {
  const whole = Buffer.byteLength(pieces.map(({ text }) => text).join("\n"));
  const shown: Piece[] = [];
  const left: Piece[] = [];
  let used = 0;
  for (const { name, text } of pieces) {
    const room = bytes - used - (shown.length > 0 ? 1 : 0);
    const size = Buffer.byteLength(text);
    if (size <= room || (shown.length === 0 && left.length === 0 && room >= leastBytes)) {
      const put = fitBytes(text, room);
      used = bytes - room + Buffer.byteLength(put);
      shown.push({ name, text: put });
    } else left.push({ name, text });
  }
  return { text: shown.map(({ text }) => text).join("\n"), shown, left, whole };
}

const names = (pieces: readonly Piece[]): string[] =>
  pieces.slice(0, namesKept).map(({ name }) => headBytes(name, nameBytes));
