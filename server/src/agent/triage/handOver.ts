import type { Attempt, Bundle, Case } from "../../protocol/index.ts";
import { totalTokens } from "../model/usage.ts";
import { nextSteps } from "./nextSteps.ts";
import type { Triage } from "./triage.ts";

export interface HandOver {
  subject: Pick<Case, "origin" | "flavor" | "target" | "classification" | "confidence">;
  bundle: Bundle;
  /** Oldest first. */
  attempts: readonly Attempt[];
  /** Why it is handed over, "" when the attempts say it all. */
  words: string;
  /** What triage found, where it has just been done. */
  triage?: Pick<Triage, "advice" | "suggestedFix" | "problems">;
}

const extractLines = 12;
const summaryCharacters = 1500;

/**
 * What a person must know who takes a case over: what failed, in the log's own words and where, what was tried with
 * which result, and what to do next. Plain text.
 */
export function handOverText({ subject, bundle, attempts, words, triage }: HandOver): string {
  const name = `${subject.origin}${subject.flavor === "" ? "" : `@${subject.flavor}`}`;
  const suggested = triage === undefined || triage.suggestedFix === "" ? [] : [triage.suggestedFix];
  const steps = [...(triage?.advice ?? []), ...suggested, ...nextSteps(bundle.diagnosis, attempts)];
  const sections = [
    [`${name} on ${subject.target} needs a person.`, ...(words === "" ? [] : [words])],
    [...whatFailed(subject, bundle), ...(triage?.problems ?? []).map((problem) => `In triage, ${problem}.`)],
    whereTheLogIs(bundle),
    whatWasTried(attempts),
    ["Next:", ...steps.map((step) => `- ${step}`)],
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function whatFailed(subject: HandOver["subject"], { diagnosis }: Bundle): string[] {
  const phase = diagnosis.phase === null ? "an unknown phase" : `phase ${diagnosis.phase}`;
  const head = `What failed: ${phase}, ${subject.classification} (${subject.confidence} confidence).`;
  if (diagnosis.cause === null) {
    const quoted = diagnosis.extract
      .trimEnd()
      .split("\n")
      .slice(-extractLines)
      .filter((line) => line !== "");
    return [head, diagnosis.reason, ...quoted.map((line) => `    ${line}`)];
  }
  return [head, `Line ${diagnosis.cause.line} of the log says:`, `    ${diagnosis.cause.text.trim()}`];
}

function whereTheLogIs({ id, artifacts, problems }: Bundle): string[] {
  const log = artifacts.find((artifact) => /(^|\/)full\.log(\.gz)?$/.test(artifact.name));
  const place =
    log === undefined
      ? `Bundle ${id} holds no log.`
      : `The whole log is ${log.name} of bundle ${id} (${log.bytes} bytes, SHA-256 ${log.sha256}).`;
  return [place, ...problems.map((problem) => `Mind that ${problem}.`)];
}

function whatWasTried(attempts: readonly Attempt[]): string[] {
  if (attempts.length === 0) return ["Nothing was tried."];
  return [
    "What was tried:",
    ...attempts.flatMap((attempt) => [`- ${headOf(attempt)}`, ...indented(attempt.summary)]),
  ];
}

function headOf(attempt: Attempt): string {
  const who = attempt.provider === attempt.model ? attempt.provider : `${attempt.provider} ${attempt.model}`;
  const tokens = totalTokens(attempt.usage);
  const builds = `${attempt.builds} ${attempt.builds === 1 ? "build" : "builds"}`;
  return `attempt ${attempt.number} by ${who} (${attempt.tier}): ${attempt.outcome ?? "not ended"}; ${builds}, ${tokens} tokens`;
}

function indented(summary: string): string[] {
  const text = summary.trim();
  if (text === "") return [];
  const shown = text.length <= summaryCharacters ? text : `${text.slice(0, summaryCharacters)} [...]`;
  return shown.split("\n").map((line) => `    ${line}`.trimEnd());
}
