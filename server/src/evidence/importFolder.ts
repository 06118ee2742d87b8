import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "./errors.ts";
import { type ImportSource, listSources, portOfLogName } from "./import.ts";
import { listNames } from "./results/dsynthLists.ts";
import { localFiles } from "./results/files.ts";
import { poudriereLists } from "./results/poudriere.ts";
import { poudriereResults } from "./results/poudriereFolder.ts";
import { RunReport } from "./results/report.ts";
import { portKey, type ReportedResult } from "./results/types.ts";

/** What there is to take in under a path. */
export interface Survey {
  /** Logs and bundles to distil, in the order to take them. */
  sources: ImportSource[];
  /** What the builder said of the run; empty for plain logs. */
  results: ReportedResult[];
  /** Logs in a builder's folder of which this run says nothing: an earlier one left them. */
  earlier: ImportSource[];
}

/**
 * Looks through a path: dsynth's Directory_logs and the folder of a poudriere build by what these builders say of their
 * run; anything else as logs and bundles. Throws EvidenceError for an absent path.
 */
export async function survey(path: string): Promise<Survey> {
  const names = new Set(await namesIn(path));
  if (listNames.some((name) => names.has(name))) return surveyDsynth(path);
  if (names.has(".data.json") || Object.values(poudriereLists).some((name) => names.has(name)))
    return surveyPoudriere(path);
  return { sources: await listSources(path), results: [], earlier: [] };
}

/** The log of a port that did not end badly is not of interest, and that of one left out is an earlier run's. */
async function surveyDsynth(path: string): Promise<Survey> {
  const report = new RunReport(localFiles);
  await report.refresh({ lists: path, report: join(path, "Report") }, 0);
  const { results } = report;
  const found: Survey = { sources: [], results: [...results.values()], earlier: [] };
  for (const source of await listSources(path)) {
    const port = source.kind === "log" ? portOfLogName(source.path) : null;
    const result = port && results.get(portKey(port.origin, port.flavor));
    if (port === null) found.sources.push(source);
    else if (result?.kind === "failed") found.sources.push(logOf(source.path, result));
    else if (result?.kind !== "built") found.earlier.push(source);
  }
  return found;
}

async function surveyPoudriere(path: string): Promise<Survey> {
  const results = await poudriereResults(path);
  const sources: ImportSource[] = [];
  for (const result of results.values()) {
    if (result.kind !== "failed") continue;
    const log = await poudriereLog(path, result.pkgname);
    if (log !== null) sources.push(logOf(log, result));
  }
  return { sources, results: [...results.values()], earlier: [] };
}

/** `logs/errors` holds links to these, or copies. */
async function poudriereLog(path: string, pkgname: string): Promise<string | null> {
  if (!/^[^./][^/\0]{0,254}$/.test(pkgname)) return null;
  for (const name of [`logs/${pkgname}.log`, `logs/errors/${pkgname}.log`, `logs/${pkgname}.log.gz`]) {
    const log = join(path, name);
    if ((await localFiles.stat(log)) !== null) return log;
  }
  return null;
}

function logOf(path: string, { origin, flavor, pkgname, phase }: ReportedResult): ImportSource {
  return { kind: "log", path, port: { origin, flavor, pkgname, phase } };
}

/** None of what is no folder; `listSources` says what is wrong with it. */
async function namesIn(path: string): Promise<string[]> {
  try {
    return (await lstat(path)).isDirectory() ? await readdir(path) : [];
  } catch (error) {
    if (["ENOENT", "EACCES", "ENOTDIR"].includes(codeOf(error) ?? "")) return [];
    throw error;
  }
}
