import { lstat, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { analyseBundle, type LogFacts } from "./bundle.ts";
import { type BundleFile, isBundle } from "./bundleFolder.ts";
import { type Analysis, analyse } from "./distill/distill.ts";
import type { Distillation } from "./distill/types.ts";
import { EvidenceError, messageOf } from "./errors.ts";
import { openLog } from "./log.ts";
import { type CorpusResult, SCORE_BUDGETS } from "./score.ts";

const FILES = 100_000;
const DEPTH = 8;
const EXTRACT_BYTES = 8192;
const LOG_NAME = /\.(?:log|txt)(?:\.gz)?$/;
/** dsynth's run-wide lists, which stand among the logs of ports. */
const RUN_WIDE = /^0\d_[a-z_]+\.log$/;
const PORT_LOG = /^(?<category>[\w.+-]+?)___(?<port>[\w.+-]+)(?:@(?<flavor>[\w.+-]+))?$/;

/** Something to take in: a log file or a bundle folder. */
export interface ImportSource {
  kind: "log" | "bundle";
  path: string;
  /** What a builder's own files say of the log; else it is made out from its name and content. */
  port?: { origin: string; flavor: string; pkgname: string; phase: string };
}

/** One log or bundle taken in. */
export interface ImportedItem {
  source: ImportSource;
  /** From the file's name, the bundle's meta, or the log itself; `imported/NAME` when none says. */
  origin: string;
  flavor: string;
  pkgname: string;
  meta: Record<string, string>;
  distillation: Distillation;
  log: LogFacts | null;
  /** Of a bundle: what it holds besides meta and logs. */
  files: BundleFile[];
  problems: string[];
  /** What `scoreCorpus` wants of this item; `file` is the file's name. */
  result: CorpusResult;
}

/**
 * Logs and bundles under a path, in the order of their names: the path itself when it is a log or a bundle, else
 * every `.log`, `.log.gz` and `.txt` below it. Links are not followed. Throws EvidenceError for an absent path.
 */
export async function listSources(path: string): Promise<ImportSource[]> {
  const status = await lstat(path).catch((error: unknown) => {
    throw new EvidenceError(`${path} cannot be imported: ${messageOf(error)}`, error);
  });
  if (status.isFile()) return [{ kind: "log", path }];
  if (!status.isDirectory()) throw new EvidenceError(`${path} is neither a file nor a folder.`);
  const sources: ImportSource[] = [];
  await collect(path, sources, 0);
  return sources;
}

async function collect(path: string, sources: ImportSource[], depth: number): Promise<void> {
  if (await isBundle(path)) {
    sources.push({ kind: "bundle", path });
    return;
  }
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (sources.length >= FILES) return;
    const below = join(path, entry.name);
    if (entry.isDirectory() && depth < DEPTH) await collect(below, sources, depth + 1);
    else if (entry.isFile() && LOG_NAME.test(entry.name) && !RUN_WIDE.test(entry.name)) {
      sources.push({ kind: "log", path: below });
    }
  }
}

/** Takes in one source. Throws EvidenceError when it cannot be opened; damage inside becomes a problem. */
export async function importSource(source: ImportSource): Promise<ImportedItem> {
  if (source.kind === "bundle") return importBundle(source);
  const reading = await openLog(source.path).catch((error: unknown) => {
    throw new EvidenceError(`${source.path} cannot be read: ${messageOf(error)}`, error);
  });
  const { port } = source;
  const analysis = await analyse(reading.chunks, port?.phase ? { builderPhase: port.phase } : {});
  const { sha256, bytes, problems } = reading;
  return finish(source, analysis, {
    ...(port ?? nameOf(source.path, analysis)),
    pkgname: port?.pkgname ?? "",
    meta: port?.phase ? { phase: port.phase } : {},
    log: { path: source.path, bytes, sha256 },
    files: [],
    problems,
  });
}

async function importBundle(source: ImportSource): Promise<ImportedItem> {
  const { analysis, meta, log, problems, ...folders } = await analyseBundle(source.path);
  const named = nameOf(source.path, analysis);
  const origin = meta.origin || named.origin;
  const flavor = meta.flavor ?? named.flavor;
  return finish(source, analysis, {
    origin,
    flavor,
    pkgname: meta.pkgname ?? "",
    meta,
    log,
    files: [...folders.portFiles, ...folders.optionFiles, ...folders.profileFiles],
    problems,
  });
}

function finish(
  source: ImportSource,
  analysis: Analysis,
  rest: Omit<ImportedItem, "source" | "distillation" | "result">,
): ImportedItem {
  const { distillation } = analysis;
  const extracts = Object.fromEntries(SCORE_BUDGETS.map((bytes) => [bytes, analysis.extract(bytes)]));
  return {
    source,
    ...rest,
    distillation: { ...distillation, extract: analysis.extract(EXTRACT_BYTES) },
    result: {
      file: basename(source.path),
      classification: distillation.classification,
      outcome: distillation.outcome,
      hasCause: distillation.cause !== null,
      extracts: extracts as CorpusResult["extracts"],
    },
  };
}

/** The port that dsynth names a log after (`devel___foo@py311.log`); null for other names. */
export function portOfLogName(path: string): { origin: string; flavor: string } | null {
  const groups = PORT_LOG.exec(basename(path).replace(LOG_NAME, ""))?.groups;
  return groups?.category
    ? { origin: `${groups.category}/${groups.port}`, flavor: groups.flavor ?? "" }
    : null;
}

function nameOf(path: string, analysis: Analysis): { origin: string; flavor: string } {
  const named = portOfLogName(path) ?? analysis.origin;
  if (named) return named;
  const name = basename(path).replace(LOG_NAME, "");
  return { origin: `imported/${name.replace(/[^\w.+-]/g, "_").slice(0, 100) || "log"}`, flavor: "" };
}
