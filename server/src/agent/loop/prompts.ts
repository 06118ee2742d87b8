import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PortwrightError } from "../../protocol/index.ts";

const PROMPT_BYTES = 64 * 1024;

/** Prompt texts that porters edit; `system` opens every patch conversation, `triage` every diagnosis by a model. */
export interface Prompts {
  readonly system: string;
  readonly triage: string;
}

/** Reads `system.md` and `triage.md` of a policy's `prompts` folder. Throws PortwrightError naming the file. */
export function loadPrompts(folder: string): Prompts {
  return { system: loadPrompt(folder, "system.md"), triage: loadPrompt(folder, "triage.md") };
}

function loadPrompt(folder: string, name: string): string {
  const path = join(folder, name);
  let text: string;
  try {
    text = readFileSync(path, "utf8").trim();
  } catch (cause) {
    throw new PortwrightError("policy", `the prompt ${path} cannot be read`, cause);
  }
  if (text === "") throw new PortwrightError("policy", `the prompt ${path} is empty`);
  if (text.length > PROMPT_BYTES)
    throw new PortwrightError("policy", `the prompt ${path} is over ${PROMPT_BYTES} bytes`);
  return text;
}
