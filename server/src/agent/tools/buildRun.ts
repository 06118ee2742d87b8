import { basename } from "node:path";
import type { BuildResult } from "../../builders/types.ts";
import { fileChunks } from "../../environments/chunks.ts";
import type { Diagnosis, Finding } from "../../protocol/index.ts";
import { headBytes } from "./text.ts";
import type { ToolContext } from "./types.ts";

const FINDINGS_BYTES = 2400;
const ROLES: readonly Finding["role"][] = ["primary", "secondary", "terminal"];

/** One run of the builder and what its log says; `log` is its /work path. */
export interface DiagnosedBuild {
  result: BuildResult;
  diagnosis: Diagnosis;
  log: string;
}

/** Builds the composed port, up to phase `until` when given, and distils the log. Throws when the attempt is cancelled. */
export async function runBuild(
  context: ToolContext,
  options: { until?: string; extractBytes: number },
): Promise<DiagnosedBuild> {
  const { environment, origin, flavor, signal, onPhase, live } = context;
  live.build(context.state.builds.length + 1);
  const result = await context.builder.build({
    environment,
    origin,
    flavor,
    timeoutMs: context.buildTimeoutMs,
    signal,
    onPhase,
    onOutput: live.output,
    ...(options.until !== undefined && { until: options.until }),
  });
  signal.throwIfAborted();
  const log = `/work/logs/${basename(result.logPath)}`;
  const diagnosis = await context.distill(fileChunks(environment.files, log), {
    extractBytes: options.extractBytes,
    ...(result.failedPhase !== null && { builderPhase: result.failedPhase }),
  });
  return { result, diagnosis, log };
}

/** Findings as the model and the rule book read them: kind and captures, the cause first, as many as fit. */
export function findingFacts({ findings, cause }: Diagnosis): Record<string, unknown> {
  const rank = (finding: Finding): number =>
    finding.line === cause?.line && finding.kind === cause.kind ? -1 : ROLES.indexOf(finding.role);
  const shown: Record<string, unknown>[] = [];
  let bytes = 0;
  const ranked = [...findings].sort((a, b) => rank(a) - rank(b) || a.line - b.line);
  for (const finding of ranked) {
    const captures = Object.entries(finding.captures).map(([name, value]) => [name, headBytes(value, 200)]);
    const fact = { kind: finding.kind, line: finding.line, ...Object.fromEntries(captures) };
    bytes += Buffer.byteLength(JSON.stringify(fact));
    if (bytes > FINDINGS_BYTES) break;
    shown.push(fact);
  }
  const omitted = findings.length - shown.length;
  return { findings: shown, ...(omitted > 0 && { findingsOmitted: omitted }) };
}

/** How a run that did not get where it should ended, in one clause. */
export function endOf(result: BuildResult): string {
  if (result.timedOut) return "it took longer than a build may and was ended";
  return result.failedPhase === null ? "no phase ran" : `phase ${result.failedPhase} failed`;
}
