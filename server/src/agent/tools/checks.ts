import { posix } from "node:path";
import { Unhealthy } from "../../environments/errors.ts";
import { patchesOf } from "./dupe.ts";
import { composeOrigin } from "./materialize.ts";
import { patchedFiles } from "./patchText.ts";
import { composedOf, overlayOf, within } from "./paths.ts";
import { asText } from "./text.ts";
import type { ToolContext } from "./types.ts";

const mostFaults = 5;
const faultLength = 300;
const patchMs = 30_000;
const patchBytes = 4096;

/**
 * What an edit of the overlay is plainly wrong in, for the model to mend before it builds: by the file's text, for
 * makefiles by make itself, and for patches by patch(1) where the sources are there. Nothing of it undoes the edit, which may be one step of several.
 */
export async function checkEdit(
  context: ToolContext,
  path: string,
  content: Buffer | null,
): Promise<{ wrong?: string[] }> {
  const { faultsIn, origin } = context;
  const text = content === null ? null : asText(content);
  if (faultsIn === undefined || text === null || !within(path, overlayOf(origin))) return {};
  const wrong = [...faultsIn(path, text)];
  try {
    if (isMakefile(path)) wrong.push(...(await saidByMake(context)));
    if (isPatch(path)) wrong.push(...(await saidByPatch(context, path, text)));
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof Unhealthy) throw error;
    wrong.push(error instanceof Error ? error.message : String(error));
  }
  if (wrong.length === 0) return {};
  return { wrong: wrong.slice(0, mostFaults).map((fault) => fault.slice(0, faultLength)) };
}

export const isMakefile = (path: string): boolean => /\/Makefile[^/]*$/.test(path);

const isPatch = (path: string): boolean => /\/dragonfly\/patch-[^/]*$/.test(path);

/**
 * Whether a patch of one file fits it, as it is now or as it was before patches (`.orig`): either may be what it was made for.
 * Nothing is said where other patches change that file too: what they leave of it is known to the patch phase alone.
 */
async function saidByPatch(context: ToolContext, path: string, text: string): Promise<string[]> {
  const { environment, origin, signal } = context;
  const { wrksrc, sources } = context.state;
  const [name = "", ...more] = patchedFiles(text);
  if (wrksrc === null || sources === "none" || name === "" || more.length > 0) return [];
  const source = posix.join(wrksrc, name);
  if (!within(source, wrksrc)) return [];
  let said = "";
  for (const file of [source, `${source}.orig`]) {
    if ((await environment.files.stat(file))?.type !== "file") continue;
    const { exitCode, output } = await environment.exec({
      argv: ["patch", "--dry-run", "-f", "-i", path, file],
      ...{ timeoutMs: patchMs, maxOutputBytes: patchBytes, signal },
    });
    // With 1 some hunks do not fit; anything else tells nothing of them.
    if (exitCode !== 1) return [];
    said ||= output.toString("utf8").trim().split("\n").slice(-2).join("; ");
  }
  if (said === "") return [];
  const folders = [`${composedOf(origin)}/files`, posix.dirname(path)];
  const others = (await patchesOf(context, name, folders)).filter((patch) => patch.path !== path);
  return others.length > 0 ? [] : [`it does not apply to ${name}: ${said}`];
}

async function saidByMake(context: ToolContext): Promise<string[]> {
  const { environment, origin, flavor, queryPort } = context;
  const composed = await composeOrigin(context);
  if (!composed.ok) return [String(composed.facts.error)];
  const refusals = await queryPort(environment, origin, flavor, ["IGNORE", "DEV_ERROR"]);
  return Object.entries(refusals).flatMap(([name, value]) =>
    value === "" ? [] : [`${name} is now ${value}`],
  );
}
