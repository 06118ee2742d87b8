import { isUtf8 } from "node:buffer";
import type { Place } from "../../policy/recipe.ts";
import { composedOf, overlayOf, upstreamOf } from "../tools/paths.ts";
import {
  type Answer,
  ask,
  askAll,
  type Bench,
  call,
  errorOf,
  type Script,
  StepRefused,
  textFact,
} from "./script.ts";

/** A file as the tools gave it. */
export interface FileText {
  text: string;
  sha256: string;
}

/** Bytes of one window: as base64 it still fits a tool's answer. */
const windowBytes = 5400;
/** Windows of one file; the loop counts each as a read without progress. */
const maxWindows = 10;

export function rootOf(bench: Bench, place: Exclude<Place, "source">): string {
  return { overlay: overlayOf, upstream: upstreamOf, composed: composedOf }[place](bench.origin);
}

/** The whole file, null when there is none. Throws StepRefused for one over about 54 KB, and for what is no UTF-8. */
export function* readText(bench: Bench, path: string): Script<FileText | null> {
  const first = yield* ask(bench, "get_file", { path, offset: 0, bytes: windowBytes });
  const sha256 = textFact(first, "sha256");
  const bytes = first.facts.bytes;
  if (!first.ok || sha256 === null || typeof bytes !== "number") {
    if (/does not exist/.test(errorOf(first))) return null;
    throw new StepRefused(errorOf(first));
  }
  const count = Math.ceil(bytes / windowBytes);
  if (count > maxWindows) throw new StepRefused(`${path} has ${bytes} bytes, more than a recipe reads`);
  const calls = Array.from({ length: Math.max(0, count - 1) }, (_, index) => ({
    name: "get_file",
    arguments: { path, offset: (index + 1) * windowBytes, bytes: windowBytes },
  }));
  const rest = calls.length === 0 ? [] : yield* askAll(bench, calls);
  const content = Buffer.concat([first, ...rest].map(contentOf));
  if (content.length !== bytes) throw new StepRefused(`${path} could not be read whole`);
  // Written back as text it would come out as other bytes.
  if (!isUtf8(content)) throw new StepRefused(`${path} is not UTF-8, which recipes leave alone`);
  return { text: content.toString("utf8"), sha256 };
}

const contentOf = (answer: Answer): Buffer =>
  Buffer.from(answer.body, answer.facts.encoding === "base64" ? "base64" : "utf8");

/** Makes, changes (or with null deletes) a file of the overlay and remembers what was there. */
export function* writeOverlay(
  bench: Bench,
  path: string,
  before: FileText | null,
  text: string | null,
): Script<void> {
  yield* call(bench, "put_file", { path, content: text, sha256: before?.sha256 ?? null });
  if (!bench.journal.has(path)) bench.journal.set(path, before?.text ?? null);
}

/** Puts the overlay back to where the current recipe found it, and drops edits of the sources. */
export function* undo(bench: Bench): Script<void> {
  for (const [path, before] of bench.journal) {
    const now = yield* readText(bench, path);
    if ((now?.text ?? null) === before) continue;
    yield* call(bench, "put_file", { path, content: before, sha256: now?.sha256 ?? null });
  }
  bench.journal.clear();
  if (bench.loose) yield* ask(bench, "patch_phase");
  bench.loose = false;
}

/** Values of make variables of the composed port, "" when unset. */
export function* query(bench: Bench, variables: readonly string[]): Script<Record<string, string>> {
  const answer = yield* call(bench, "port_query", { variables });
  const values: Record<string, string> = {};
  for (const line of answer.body.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) values[line.slice(0, at)] = line.slice(at + 1);
  }
  return values;
}

/** A line that grep found. */
export interface Hit {
  path: string;
  line: number;
  text: string;
}

/** Lines below a path that meet an extended regular expression, at most 200; none when the path is absent. */
export function* search(bench: Bench, pattern: string, path: string): Script<Hit[]> {
  const answer = yield* ask(bench, "grep", { pattern, path, max_matches: 200 });
  if (!answer.ok) {
    if (/does not exist/.test(errorOf(answer))) return [];
    throw new StepRefused(`grep: ${errorOf(answer)}`);
  }
  return answer.body.split("\n").flatMap((line) => {
    const found = /^(.+?):(\d+):(.*)$/.exec(line);
    return found === null ? [] : [{ path: found[1] ?? "", line: Number(found[2]), text: found[3] ?? "" }];
  });
}

/** Text that an extended regular expression takes literally. */
export const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
