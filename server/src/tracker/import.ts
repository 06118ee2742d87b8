import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { EvidenceError } from "../evidence/errors.ts";
import { type ImportedItem, type ImportSource, importSource, listSources } from "../evidence/import.ts";
import { type CorpusResult, parseLabels, scoreCorpus } from "../evidence/score.ts";
import { type MethodResult, PortwrightError } from "../protocol/index.ts";
import { errorCode } from "../store/errors.ts";
import type { Store } from "../store/types.ts";
import { applyRecord, type Evidence } from "./apply.ts";
import { bundleIdOf, takeFiles } from "./evidence.ts";
import type { RecordFields } from "./records.ts";
import { PendingView } from "./view.ts";

type Imported = MethodResult<"evidence/import">;

interface ImportOptions {
  store: Store;
  now: () => number;
  newId: () => string;
}

/**
 * Takes logs that no hook captured, a file or all below a folder, as one run of `target` whose failures open cases like
 * any other. With a `labels.jsonl` beside the logs the answer holds the score against it.
 * Throws PortwrightError: notFound for an absent path, badParams for labels that are not JSON lines.
 */
export async function importEvidence(
  options: ImportOptions,
  path: string,
  target: string,
  progress: (text: string) => void,
): Promise<Imported> {
  const sources = await listSources(path).catch((error: unknown) => {
    throw error instanceof EvidenceError ? new PortwrightError("notFound", error.userMessage, error) : error;
  });
  const labels = await readLabels(path, sources);
  const run = `import-${options.newId()}`;
  const results: CorpusResult[] = [];
  const bundles: Imported["bundles"] = [];
  record(options, target, { ev: "run_start", run, profile: "import" }, null);
  for (const [index, source] of sources.entries()) {
    const name = basename(source.path);
    const taken = await takeSource(options, source, run, target, index);
    if (taken.result !== null) results.push(taken.result);
    bundles.push({ log: name, ...taken.summary });
    progress(`${index + 1}/${sources.length} ${name}: ${taken.summary.classification}`);
  }
  record(options, target, { ev: "run_end", run, profile: "import" }, null);
  return { bundles, score: labels === null ? null : scoreOf(results, labels) };
}

type Summary = Omit<Imported["bundles"][number], "log">;

async function takeSource(
  options: ImportOptions,
  source: ImportSource,
  run: string,
  target: string,
  index: number,
) {
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
  const fields = { run, profile: "import", origin, flavor, pkgname, phase: meta.phase ?? "" };
  if (outcome === "succeeded") record(options, target, { ev: "success", ...fields }, null);
  else {
    const evidence = await evidenceOf(options, item, bundleIdOf(`${run}/${index}`));
    record(options, target, { ev: "failure", ...fields }, evidence);
  }
  const summary: Summary = {
    origin,
    classification,
    phase,
    cause: cause?.text ?? reason,
    signature: signature.id,
  };
  return { result: item.result, summary };
}

async function evidenceOf({ store }: ImportOptions, item: ImportedItem, id: string): Promise<Evidence> {
  const { source, log, portFiles, distillation } = item;
  const files = [
    ...(log === null ? [] : [{ name: "logs/full.log", path: log.path }]),
    ...portFiles.map(({ path }) => ({ name: path, path: join(source.path, path) })),
  ];
  const { artifacts, problems } = await takeFiles(files, store.blobs);
  return { id, diagnosis: distillation, artifacts, problems: [...item.problems, ...problems], target: "" };
}

function record(
  { store, now, newId }: ImportOptions,
  target: string,
  fields: RecordFields,
  evidence: Evidence | null,
): void {
  const context = { now, newId, targets: { import: target } };
  store.transact(() => {
    const view = new PendingView(store);
    view.add(applyRecord(view, fields, evidence, context));
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
