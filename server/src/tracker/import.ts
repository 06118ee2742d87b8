import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { EvidenceError } from "../evidence/errors.ts";
import { type ImportedItem, type ImportSource, importSource } from "../evidence/import.ts";
import { type Survey, survey } from "../evidence/importFolder.ts";
import { localFiles } from "../evidence/results/files.ts";
import { portKey, type ReportedResult } from "../evidence/results/types.ts";
import { type CorpusResult, parseLabels, scoreCorpus } from "../evidence/score.ts";
import { isTar, unpackTar } from "../evidence/tar.ts";
import { type MethodResult, PortwrightError } from "../protocol/index.ts";
import { errorCode } from "../store/errors.ts";
import type { Store } from "../store/types.ts";
import { applyRecord, type Evidence, type TrackerContext } from "./apply.ts";
import { undiagnosed } from "./cases.ts";
import { bundleIdOf, takeFiles } from "./evidence.ts";
import { maintainerOf } from "./maintainer.ts";
import { madeByLog } from "./portLog.ts";
import { eventOf, type RecordFields } from "./records.ts";
import { PendingView } from "./view.ts";

type Imported = MethodResult<"evidence/import">;

interface ImportOptions extends Pick<TrackerContext, "now" | "newId" | "redact"> {
  store: Store;
}

/** What is shared by the steps of one import. */
interface Import extends ImportOptions {
  target: string;
  run: string;
}

/** Results without a log that one transaction takes. */
const batch = 500;

/**
 * Takes logs that no hook captured, a file or all below a folder, as one run of `target` whose failures open cases like
 * any other. Folders of dsynth and of poudriere give the results that these builders listed; what an earlier run left
 * among their logs is a run of its own, before it. A bundle may be a folder or a tar archive of one. With a
 * `labels.jsonl` beside the logs the answer holds the score against it.
 * Throws PortwrightError: notFound for an absent path, badParams for labels that are not JSON lines and for an archive
 * that is none.
 */
export async function importEvidence(
  options: ImportOptions,
  given: string,
  target: string,
  progress: (text: string) => void,
): Promise<Imported> {
  // A person may name a folder by a link, as poudriere does with `latest`; links inside are not followed.
  const path = await realpath(given).catch(() => given);
  await using unpacked = await unpackIfTar(path);
  const { sources, results, earlier } = await lookThrough(unpacked.path);
  const labels = await readLabels(path, sources);
  const run = `import-${options.newId()}`;
  const scored: CorpusResult[] = [];
  const bundles: Imported["bundles"] = [];
  const count = sources.length + earlier.length;
  const takeAll = async (part: Import, parts: readonly ImportSource[]) => {
    record(part, { ev: "run_start" }, null);
    for (const source of parts) {
      const name = basename(source.path);
      const taken = await takeSource(part, source, bundles.length);
      if (taken.result !== null) scored.push(taken.result);
      bundles.push({ log: name, ...taken.summary });
      progress(`${bundles.length}/${count} ${name}: ${taken.summary.classification}`);
    }
  };
  if (earlier.length > 0) {
    const before: Import = { ...options, target, run: `${run}-earlier` };
    await takeAll(before, earlier);
    record(before, { ev: "run_end" }, null);
  }
  const own: Import = { ...options, target, run };
  await takeAll(own, sources);
  const withLog = new Set(sources.flatMap(({ port }) => (port ? [portKey(port.origin, port.flavor)] : [])));
  const rest = results.filter(({ origin, flavor }) => !withLog.has(portKey(origin, flavor)));
  await takeResults(own, rest, unpacked.path);
  record(own, { ev: "run_end" }, null);
  return { bundles, score: labels === null ? null : scoreOf(scored, labels) };
}

async function lookThrough(path: string): Promise<Survey> {
  try {
    return await survey(path);
  } catch (error) {
    throw error instanceof EvidenceError ? new PortwrightError("notFound", error.userMessage, error) : error;
  }
}

/** The path as it is, or a temporary folder with what the archive holds, gone once it is disposed of. */
async function unpackIfTar(path: string): Promise<AsyncDisposable & { path: string }> {
  const status = await localFiles.stat(path);
  if (status === null || !(await isTar(path))) return { path, async [Symbol.asyncDispose]() {} };
  const folder = await mkdtemp(join(tmpdir(), "portwright-import-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await unpackTar(path, folder);
  } catch (error) {
    await remove();
    throw error instanceof EvidenceError ? new PortwrightError("badParams", error.userMessage, error) : error;
  }
  return { path: folder, [Symbol.asyncDispose]: remove };
}

type Summary = Omit<Imported["bundles"][number], "log">;

async function takeSource(part: Import, source: ImportSource, index: number) {
  let item: ImportedItem;
  try {
    item = await importSource(source);
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    const unread = {
      origin: "",
      classification: "unknown",
      phase: null,
      cause: error.userMessage,
      signature: "",
    };
    return { result: null, summary: unread as Summary };
  }
  const { origin, flavor, pkgname, distillation, meta } = item;
  const { classification, phase, cause, reason, signature, outcome } = distillation;
  const fields = { origin, flavor, pkgname, phase: meta.phase ?? "" };
  // A builder that lists a port as failed knows better than a log that ends well.
  if (outcome === "succeeded" && source.port === undefined) record(part, { ev: "success", ...fields }, null);
  else {
    const evidence = await evidenceOf(part, item, bundleIdOf(`${part.run}/${index}`));
    record(part, { ev: "failure", ...fields }, evidence);
  }
  const summary: Summary = {
    ...{ origin, classification, phase, cause: cause?.text ?? reason, signature: signature.id },
  };
  return { result: item.result, summary };
}

async function evidenceOf({ store }: Import, item: ImportedItem, id: string): Promise<Evidence> {
  const { source, log, files: inBundle, distillation } = item;
  const inside = source.kind === "bundle" ? ["meta.txt", "logs/errors.txt"] : [];
  const files = [
    ...inside.map((name) => ({ name, path: join(source.path, name), optional: true })),
    ...(log === null || log.path.endsWith("errors.txt") ? [] : [{ name: "logs/full.log", path: log.path }]),
    ...inBundle.map(({ path }) => ({ name: path, path: join(source.path, path) })),
  ];
  const { artifacts, problems } = await takeFiles(files, store.blobs);
  const maintainer = await maintainerOf(artifacts, store.blobs);
  const told = [...item.problems, ...problems];
  return { id, diagnosis: distillation, artifacts, problems: told, target: "", maintainer };
}

/** Results of which there is no log to read. */
async function takeResults(part: Import, results: readonly ReportedResult[], path: string): Promise<void> {
  for (let start = 0; start < results.length; start += batch) {
    const steps: [RecordFields, Evidence | null][] = [];
    for (const result of results.slice(start, start + batch)) {
      const { origin, flavor, kind, phase, reason, seconds, pkgname } = result;
      const made = kind === "built" ? await madeByLog(localFiles, path, origin, flavor) : "";
      const fields = {
        ...{ ev: eventOf(kind), origin, flavor, pkgname, phase, reason, made },
        ...(seconds === null ? {} : { seconds: String(seconds) }),
      };
      const problem = "The builder left no log of it.";
      const evidence =
        kind === "failed"
          ? {
              id: bundleIdOf(`${part.run}/${portKey(origin, flavor)}`),
              ...{
                diagnosis: undiagnosed(phase || null, problem),
                artifacts: [],
                problems: [problem],
                target: "",
              },
            }
          : null;
      steps.push([fields, evidence]);
    }
    recordAll(part, steps);
  }
}

function record(part: Import, fields: RecordFields, evidence: Evidence | null): void {
  recordAll(part, [[fields, evidence]]);
}

function recordAll(part: Import, steps: readonly [RecordFields, Evidence | null][]): void {
  const { store, now, newId, redact, target, run } = part;
  const context = { now, newId, targets: { import: target }, ...(redact ? { redact } : {}) };
  store.transact(() => {
    const view = new PendingView(store);
    for (const [fields, evidence] of steps)
      view.add(applyRecord(view, { ...fields, run, profile: "import" }, evidence, context));
    return { events: view.pending(), value: undefined };
  });
}

/** The labels beside the logs; null when there are none. */
async function readLabels(path: string, sources: readonly ImportSource[]) {
  const alone = sources.length === 1 && sources[0]?.path === path;
  const file = join(alone ? dirname(path) : path, "labels.jsonl");
  try {
    return parseLabels(await readFile(file, "utf8"));
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return null;
    const reason = error instanceof Error ? error.message : String(error);
    throw new PortwrightError("badParams", `${file} cannot be read as labels: ${reason}`, error);
  }
}

function scoreOf(
  results: readonly CorpusResult[],
  labels: ReturnType<typeof parseLabels>,
): Imported["score"] {
  const read = new Set(results.map(({ file }) => file));
  const score = scoreCorpus(
    results,
    labels.filter(({ file }) => read.has(file)),
  );
  const { logs: labelled, classRight, findable, found, byClass, misses } = score;
  return {
    ...{ logs: results.length, labelled, classRight },
    found: { of: findable, in8k: found[8192], in2k: found[2048], in1k: found[1024] },
    byClass: Object.entries(byClass)
      .map(([classification, { logs, right }]) => ({ classification, logs, right }))
      .sort((a, b) => b.logs - a.logs || (a.classification < b.classification ? -1 : 1)),
    misses: misses.map(({ file, expected, got, notFoundIn }) => ({
      ...{ log: file, expected, got },
      found: notFoundIn !== 8192,
    })),
  };
}
