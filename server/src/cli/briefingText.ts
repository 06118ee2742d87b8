import type { Briefing } from "../protocol/index.ts";
import { oneLine } from "./output.ts";

type Section = Briefing["sections"][number];

/** What an attempt was told first, in a few lines for a terminal. */
export function showBriefing({ bytes, limit, sections }: Briefing): string {
  const told = sections.filter((one) => one.told > 0).map(sectionText);
  const left = sections.filter((one) => one.told === 0).map(({ name }) => name);
  const lines = [
    `told first, ${bytes} of ${limit} bytes: ${told.join(", ")}`,
    ...(left.length > 0 ? [`left out for want of room: ${left.join(", ")}`] : []),
  ];
  return lines.map((line) => `${oneLine(line)}\n`).join("");
}

function sectionText({ name, bytes, told, shown, left }: Section): string {
  const size = told < bytes ? `${told} of ${bytes}` : `${told}`;
  const named = name === "playbooks" ? ` (${shown.join(", ")})` : "";
  const without = left.length > 0 ? ` without ${left.join(", ")}` : "";
  return `${name} ${size}${named}${without}`;
}
