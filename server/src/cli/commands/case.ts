import { userInfo } from "node:os";
import { isHidden } from "../../protocol/attention.ts";
import type { Bundle, Case, CaseDetail, Job } from "../../protocol/index.ts";
import { clean, facts, money, oneLine, outcomeText, portName, table, when } from "../output.ts";
import { callAndShow } from "../session.ts";
import type { Terminal } from "../terminal.ts";

export interface CaseOptions {
  target?: string;
}

function jobText({ id, kind, state }: Job, waits: string | undefined): string {
  const why = state === "queued" && waits !== undefined ? `: ${oneLine(waits)}` : "";
  return `${id}  ${kind}  ${state}${why}\n`;
}

function section(title: string, body: string): string {
  return body ? `\n${title}\n${body}` : "";
}

/** Why lists leave the case out; undefined when they do not. */
function hiddenText(found: Case): string | undefined {
  if (!isHidden(found, Date.now())) return undefined;
  return found.ignored ? "ignored" : `until ${when(found.snoozedUntil ?? null)}`;
}

/** Undefined for a case that was opened once. */
function lineageText({ iteration, previousBundleId }: Case, bundles: readonly Bundle[]): string | undefined {
  if (iteration === undefined) return undefined;
  const before = bundles.find(({ id }) => id === previousBundleId);
  const words = before && `: ${before.diagnosis.classification} of ${when(before.at)}`;
  return `${iteration}, after bundle ${previousBundleId}${words ?? ""}`;
}

function showCase(
  { case: found, bundles, attempts, proofs, jobs, waits }: CaseDetail,
  width: number,
): string {
  const { decision, triage } = found;
  const head = facts({
    case: found.id,
    port: portName(found),
    package: found.pkgname,
    maintainer: found.maintainer,
    target: found.target,
    state: found.state,
    hidden: hiddenText(found),
    assignee: found.assignee,
    blocks: found.blocked,
    class: `${found.classification} (${found.confidence} confidence)`,
    phase: found.phase,
    cause: found.cause,
    signature: found.signature,
    tier: decision && `${decision.tier}: ${decision.reason}`,
    recipes: decision?.recipes.join(", "),
    platform: triage?.platform,
    diagnosis: triage?.rootCause,
    suggested: triage?.suggestedFix,
    bundles: found.bundles,
    iteration: lineageText(found, bundles),
    opened: when(found.openedAt),
    changed: when(found.updatedAt),
    tokens: found.tokens || null,
    cost: found.costMicros === undefined ? null : money(found.costMicros),
    diff: found.diffSha256,
  });
  const attemptTable = table(
    attempts,
    [
      { title: "#", value: ({ number }) => number },
      { title: "TIER", value: ({ tier }) => tier },
      { title: "MODEL", value: ({ provider, model }) => `${provider}/${model}` },
      { title: "OUTCOME", value: (attempt) => outcomeText(attempt, jobs) },
      { title: "TURNS", value: ({ turns }) => turns },
      { title: "BUILDS", value: ({ builds }) => builds },
      {
        title: "TOKENS",
        value: ({ usage }) => usage.uncachedTokens + usage.cachedTokens + usage.outputTokens,
      },
      { title: "COST", value: ({ costMicros }) => money(costMicros) },
      { title: "SUMMARY", value: ({ summary }) => summary },
    ],
    width,
  );
  const proofTable = table(
    proofs,
    [
      { title: "PROOF", value: ({ id }) => id },
      { title: "VERDICT", value: ({ verdict }) => verdict },
      { title: "REASON", value: ({ reason }) => reason },
      { title: "LOOK AT", value: ({ flags }) => flags.join("; ") },
    ],
    width,
  );
  const running = jobs.filter(({ state }) => state === "queued" || state === "leased");
  const bundle = bundles[0];
  return [
    head,
    section("JOBS", running.map((job) => jobText(job, waits)).join("")),
    section("ATTEMPTS", attempts.length > 0 ? attemptTable : ""),
    section("PROOFS", proofs.length > 0 ? proofTable : ""),
    section("EVIDENCE", bundle ? `${clean(bundle.diagnosis.extract).trimEnd()}\n` : ""),
    section("PROBLEMS", bundle ? bundle.problems.map((problem) => `${clean(problem)}\n`).join("") : ""),
    section("HAND-OVER", found.handOver ? `${clean(found.handOver).trimEnd()}\n` : ""),
  ].join("");
}

export async function showOne(terminal: Terminal, ref: string, { target }: CaseOptions): Promise<void> {
  await callAndShow(terminal, "case/get", { case: ref, target }, (detail) =>
    showCase(detail, terminal.width),
  );
}

export async function stop(terminal: Terminal, ref: string, { target }: CaseOptions): Promise<void> {
  await callAndShow(terminal, "case/stop", { case: ref, target }, ({ stopped }) =>
    stopped.length === 0 ? "nothing was waiting or running\n" : `stopped ${stopped.join(", ")}\n`,
  );
}

interface DecideOptions extends CaseOptions {
  who?: string;
  reason?: string;
}

/** Records a person's decision; under sudo that is the person and not root. */
export async function decide(
  terminal: Terminal,
  decision: "accept" | "reject",
  ref: string,
  { target, who, reason }: DecideOptions,
): Promise<void> {
  const { env } = terminal;
  const person = who ?? env.SUDO_USER ?? env.DOAS_USER ?? userInfo().username;
  const params = { case: ref, target, decision, who: person, reason };
  await callAndShow(
    terminal,
    "case/decide",
    params,
    ({ case: found }) => `${portName(found)} is ${found.state}\n`,
  );
}
