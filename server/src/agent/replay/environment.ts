import { isDeepStrictEqual } from "node:util";
import type { ToolCall, Turn } from "../../protocol/index.ts";
import { editsOf, factsOf } from "../loop/ledger.ts";
import { isMakefile } from "../tools/checks.ts";
import { memoryOf, recall } from "../tools/memory.ts";
import { overlayOf, within } from "../tools/paths.ts";
import { type ParsedResult, parseResult } from "../tools/result.ts";
import { newAttemptState } from "../tools/state.ts";
import { sha256 } from "../tools/text.ts";
import { executeCall } from "../tools/toolbox.ts";
import type { ToolContext } from "../tools/types.ts";
import { NotResumable } from "./notResumable.ts";

interface Answered {
  call: ToolCall;
  facts: ParsedResult["facts"];
}

/** What the tools knew after the last of these turns. */
export const lastMemory = (turns: readonly Turn[]) =>
  turns.findLast(({ trace }) => trace?.memory !== undefined)?.trace?.memory ?? memoryOf(newAttemptState());

/** Whether the port's files are those that the record tells of, and no others of the overlay were changed. */
export async function holdsEdits(
  { environment, origin }: Pick<ToolContext, "environment" | "origin">,
  turns: readonly Turn[],
): Promise<boolean> {
  const edited = new Map<string, string | null>();
  for (const { call, facts } of answered(turns))
    for (const { path, sha256 } of editsOf(call.name, facts))
      if (within(path, overlayOf(origin))) edited.set(path, sha256);
  const diff = await environment.diff();
  const changed = [...diff.matchAll(/^diff --git a\/(.+) b\/\1$/gm)].map(
    ([, path]) => `/work/DeltaPorts/${path}`,
  );
  const isTold = changed.length === (diff.match(/^diff --git /gm)?.length ?? 0);
  if (!isTold || changed.some((path) => !edited.has(path))) return false;
  const { files } = environment;
  for (const [path, expected] of edited) {
    const content = (await files.stat(path)) === null ? null : sha256(await files.read(path));
    if (content !== expected) return false;
  }
  return true;
}

/**
 * Does in a fresh environment what the record says was done: writes each file as its edits left it, composes at the
 * last time that it was composed, and prepares and edits the sources with the tools where they are in use. `context` is
 * for this alone. Throws NotResumable where something comes out otherwise.
 */
export async function applyAgain(
  context: ToolContext,
  turns: readonly Turn[],
  redact: (text: string) => string,
): Promise<void> {
  const { environment, state, blobs, origin } = context;
  const calls = answered(turns);
  const memory = lastMemory(turns);
  const composed = calls.findLastIndex(isComposing);
  const prepared = memory.sources === "none" ? calls.length : calls.findLastIndex(isPreparing);
  const read = async (hash: string) => (await blobs.read(hash)).data;
  await recall(state, { ...memoryOf(newAttemptState()), patches: memory.patches }, async (hash) =>
    (await read(hash)).toString("utf8"),
  );
  for (const [index, one] of calls.entries()) {
    const { call, facts } = one;
    if (index === prepared || (index > prepared && isOfSources(one, origin))) {
      const again = parseResult((await executeCall(call, context, redact)).content).facts;
      if (!isDeepStrictEqual(essence(again), essence(facts)))
        throw new NotResumable(`${call.name} of an earlier turn gives another result now`);
      continue;
    }
    for (const { path, sha256: hash } of editsOf(call.name, facts)) {
      if (!within(path, overlayOf(origin))) continue;
      if (hash !== null) await environment.files.write(path, await read(hash));
      else if ((await environment.files.stat(path)) !== null) await environment.files.remove(path);
    }
    if (index === composed) await environment.compose(origin);
  }
  if (!(await holdsEdits(context, turns)))
    throw new NotResumable("its edits, made again, do not leave the port as it was");
  if (prepared < calls.length && !isDeepStrictEqual(memoryOf(state), memory))
    throw new NotResumable("its sources, prepared again, are not as they were");
}

const answered = (turns: readonly Turn[]): Answered[] =>
  turns
    .flatMap(({ calls }) => calls)
    .flatMap((call) => {
      const facts = factsOf(call);
      return facts === null ? [] : [{ call, facts }];
    });

/**
 * It came so far as to compose the port: what follows from that, or what kept it from it, stands in its answer. So does an
 * edit of a makefile, for make to look at it.
 */
const isComposing = ({ call: { name }, facts }: Answered): boolean =>
  (["materialize", "extract", "patch_phase", "build"].includes(name) &&
    ("applied" in facts || "log" in facts)) ||
  editsOf(name, facts).some(({ path, sha256: hash }) => hash !== null && isMakefile(path));

const isPreparing = ({ call: { name }, facts }: Answered): boolean =>
  (name === "extract" || name === "patch_phase") && "log" in facts;

/** It changed the sources, or what the tools know of them. */
function isOfSources({ call: { name }, facts }: Answered, origin: string): boolean {
  if (!facts.ok) return false;
  if (name === "dupe" || name === "genpatch" || name === "install_patches") return true;
  return editsOf(name, facts).some(({ path }) => !within(path, overlayOf(origin)));
}

/** What of an answer has to come out alike. */
const essence = ({ ok, path, sha256: hash, wrksrc, patch, patches, installed }: ParsedResult["facts"]) => [
  ...[ok, path, hash, wrksrc, patch, patches, installed],
];
