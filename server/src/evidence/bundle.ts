import { join } from "node:path";
import { type BundleFile, type BundleFolder, readBundle, statusOf } from "./bundleFolder.ts";
import type { ConfigLogSlice } from "./distill/configLog.ts";
import { type Analysis, analyse, sliceConfigLog } from "./distill/distill.ts";
import type { Distillation } from "./distill/types.ts";
import { messageOf } from "./errors.ts";
import { type LogReading, openLog } from "./log.ts";

const CONFIG_LOG_BYTES = 64 * 1024 * 1024;
/** The configure script's own log, where the builder's host still had it. */
const CONFIG_LOGS = ["logs/config.log.gz", "logs/config.log"] as const;

export interface LogFacts {
  /** Absolute. */
  path: string;
  /** Of the unpacked log. */
  bytes: number;
  sha256: string;
}

/** A bundle read and distilled; everything odd about it stands in `problems`, in words for a person. */
export interface IntakeBundle {
  directory: string;
  meta: Record<string, string>;
  distillation: Distillation;
  log: LogFacts | null;
  portFiles: BundleFile[];
  optionFiles: BundleFile[];
  profileFiles: BundleFile[];
  problems: string[];
}

/** Reads and distils a bundle. Throws EvidenceError only when the folder is absent. */
export async function intakeBundle(path: string, extractBytes?: number): Promise<IntakeBundle> {
  const { analysis, ...intake } = await analyseBundle(path);
  return {
    ...intake,
    distillation: { ...analysis.distillation, extract: analysis.extract(extractBytes ?? 8192) },
  };
}

/** `intakeBundle` before the extract is cut. */
export async function analyseBundle(
  path: string,
): Promise<Omit<IntakeBundle, "distillation"> & { analysis: Analysis }> {
  const folder = readBundle(path);
  const { meta, problems } = folder;
  const configLog = await sliceOf(folder);
  const options = { configLog, ...(meta.phase ? { builderPhase: meta.phase } : {}) };
  const reading = await openLogOf(folder);
  const analysis = await analyse(reading?.chunks ?? nothing(), options);
  problems.push(...(reading?.problems ?? []));
  const log = reading && folder.logPath !== null;
  return {
    directory: folder.directory,
    meta,
    analysis,
    log: log
      ? { path: join(folder.directory, folder.logPath ?? ""), bytes: reading.bytes, sha256: reading.sha256 }
      : null,
    portFiles: folder.files.port,
    optionFiles: folder.files.options,
    profileFiles: folder.files.profile,
    problems,
  };
}

async function openLogOf(folder: BundleFolder): Promise<LogReading | null> {
  if (folder.logPath === null) return null;
  try {
    return await openLog(join(folder.directory, folder.logPath));
  } catch (error) {
    folder.problems.push(`${folder.logPath} cannot be opened: ${messageOf(error)}`);
    return null;
  }
}

async function sliceOf({ directory, problems }: BundleFolder): Promise<ConfigLogSlice | null> {
  for (const path of CONFIG_LOGS) {
    const wanted = join(directory, path);
    if (!statusOf(wanted)) continue;
    try {
      const reading = await openLog(wanted, { maxBytes: CONFIG_LOG_BYTES });
      const slice = await sliceConfigLog(reading.chunks);
      problems.push(...reading.problems.map((problem) => problem.replace("the log", path)));
      return slice;
    } catch (error) {
      problems.push(`${path} cannot be opened: ${messageOf(error)}`);
    }
  }
  return null;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
