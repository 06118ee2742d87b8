import { composeOrigin } from "./materialize.ts";
import { overlayOf, within } from "./paths.ts";
import { asText } from "./text.ts";
import type { ToolContext } from "./types.ts";

const mostFaults = 5;
const faultLength = 300;

/**
 * What an edit of the overlay is plainly wrong in, for the model to mend before it builds: by the file's text and, for
 * makefiles, by make itself. Nothing of it undoes the edit, which may be one step of several.
 */
export async function checkEdit(
  context: ToolContext,
  path: string,
  content: Buffer | null,
): Promise<{ wrong?: string[] }> {
  const { faultsIn, origin } = context;
  const text = content === null ? null : asText(content);
  if (faultsIn === undefined || text === null || !within(path, overlayOf(origin))) return {};
  const wrong = [...faultsIn(path, text), ...(isMakefile(path) ? await saidByMake(context) : [])];
  if (wrong.length === 0) return {};
  return { wrong: wrong.slice(0, mostFaults).map((fault) => fault.slice(0, faultLength)) };
}

export const isMakefile = (path: string): boolean => /\/Makefile[^/]*$/.test(path);

async function saidByMake(context: ToolContext): Promise<string[]> {
  const { environment, origin, flavor, queryPort, signal } = context;
  try {
    const composed = await composeOrigin(context);
    if (!composed.ok) return [String(composed.facts.error)];
    const refusals = await queryPort(environment, origin, flavor, ["IGNORE", "DEV_ERROR"]);
    return Object.entries(refusals).flatMap(([name, value]) =>
      value === "" ? [] : [`${name} is now ${value}`],
    );
  } catch (error) {
    signal.throwIfAborted();
    return [error instanceof Error ? error.message : String(error)];
  }
}
