import { EnvironmentError } from "../../environments/errors.ts";
import type { Environment } from "../../environments/types.ts";
import type { FileSource } from "../../evidence/results/files.ts";
import { RunReport } from "../../evidence/results/report.ts";
import { portKey } from "../../evidence/results/types.ts";
import type { BuildOutcome } from "../types.ts";
import { dsynthLogs } from "./run.ts";

/** Phases that the lists name otherwise than the headings of the log. */
const headings: Readonly<Record<string, string>> = {
  "install-pkgs": "setup",
  "dump-env": "Environment",
  "show-config": "showconfig",
  "make-conf": "/etc/make.conf",
};

/**
 * How the port ended in the last run, by dsynth's lists and, for what they do not hold, its Report; never by its exit
 * status. null when neither says anything of it.
 */
export async function readOutcome(
  environment: Environment,
  origin: string,
  flavor: string,
): Promise<Pick<BuildOutcome, "passed" | "failedPhase" | "reason"> | null> {
  const report = new RunReport(filesOf(environment));
  await report.refresh({ lists: dsynthLogs, report: `${dsynthLogs}/Report` }, 0);
  const result = report.results.get(portKey(origin, flavor));
  if (result === undefined) return null;
  const { kind, phase, reason } = result;
  if (kind === "built") return { passed: true, failedPhase: null };
  if (kind === "failed") return { passed: false, failedPhase: headings[phase] ?? (phase || null) };
  const failedPhase = kind === "ignored" ? "check-sanity" : "build-depends";
  return { passed: false, failedPhase, reason: `${kind} due to ${reason}` };
}

const mostNames = 4000;

/** What is there is of the last run, since the folders were emptied before it. What is no regular file counts as absent. */
function filesOf({ files }: Environment): FileSource {
  const orAbsent = <T>(answer: Promise<T>): Promise<T | null> =>
    answer.catch((error: unknown) => {
      if (error instanceof EnvironmentError && ["file", "path"].includes(error.reason)) return null;
      throw error;
    });
  return {
    read: async (path, offset, length) =>
      (await orAbsent(files.readRange(path, offset, length)))?.data ?? null,
    async stat(path) {
      const found = await orAbsent(files.stat(path));
      return found?.type === "file" ? { bytes: found.bytes, modifiedAt: 1 } : null;
    },
    names: async (path) => (await orAbsent(files.list(path, mostNames)))?.entries ?? [],
  };
}
