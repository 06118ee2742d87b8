import type { CallParams, Job, MethodResult, StoredEvent, Tier } from "../../protocol/index.ts";
import type { HunkName } from "../../protocol/unifiedDiff.ts";
import type { RpcClient } from "../../rpc/client.ts";
import { describeEvent } from "../eventText.ts";
import { CliError, exitCodes } from "../failure.ts";
import { followEvents } from "../follow.ts";
import { portName } from "../output.ts";
import { asJson, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import type { CaseOptions } from "./case.ts";

interface WorkOptions extends CaseOptions {
  wait: boolean;
  tier?: string;
  context?: string;
  model?: string;
  tokens?: string;
  turns?: string;
  builds?: string;
  minutes?: string;
  money?: string;
  /** Of a candidate; absent for the case's present one. */
  diff?: string;
  drop?: HunkName[];
  anew?: boolean;
}

type WorkMethod = "case/triage" | "case/patch" | "case/verify" | "case/candidate";

const isActive = ({ state }: Job): boolean => state === "queued" || state === "leased";

/** Which events tell of the case; attempts are learnt on the way, turns name nothing else. */
function concerns(caseId: string, attempts: Set<string>): (event: StoredEvent) => boolean {
  return ({ type, payload }) => {
    if (type === "attempt/changed" && payload.caseId === caseId) attempts.add(payload.id);
    if (type === "turn/recorded") return attempts.has(payload.attemptId);
    if (type === "case/changed") return payload.id === caseId;
    return "caseId" in payload && payload.caseId === caseId;
  };
}

/** Shows what happens to the case until neither this job nor one that followed from it is active. */
async function followJob(
  terminal: Terminal,
  client: RpcClient,
  first: Job,
  after: number,
): Promise<{ job: Job; detail: MethodResult<"case/get"> }> {
  const active = new Set([first.id]);
  const known = await client.call("case/get", { case: first.caseId });
  const ofThisCase = concerns(first.caseId, new Set(known.attempts.map(({ id }) => id)));
  let caseText = "";
  await followEvents(client, { after }, terminal.signal, async (event) => {
    if (!ofThisCase(event)) return true;
    const text = describeEvent(event);
    // Counters of a case change more often than what is said of it.
    if (event.type === "case/changed" && text === caseText) return true;
    if (event.type === "case/changed") caseText = text;
    if (terminal.json) terminal.progress(text);
    else terminal.out(`${text}\n`);
    if (event.type !== "job/changed") return true;
    if (isActive(event.payload)) active.add(event.payload.id);
    else active.delete(event.payload.id);
    if (active.size > 0) return true;
    const { jobs } = await client.call("case/get", { case: first.caseId });
    for (const job of jobs.filter(isActive)) active.add(job.id);
    return active.size > 0;
  });
  const detail = await client.call("case/get", { case: first.caseId });
  return { job: detail.jobs.find(({ id }) => id === first.id) ?? first, detail };
}

/** Throws CliError unless the work came to what was asked for. */
function requireSuccess(
  method: WorkMethod,
  job: Job,
  { case: found, attempts, proofs }: MethodResult<"case/get">,
): void {
  const port = portName(found);
  if (job.state !== "done")
    throw new CliError(
      exitCodes.failure,
      `${job.kind} of ${port} ${job.state}: ${job.error ?? "no reason was given"}`,
    );
  const attempt = attempts.find(({ jobId }) => jobId === job.id);
  if (method === "case/patch" && attempt?.outcome !== "fixed")
    throw new CliError(
      exitCodes.failure,
      `${port} is not fixed (${attempt?.outcome ?? "no attempt was made"}); it is ${found.state}: \`portwright case show ${found.id}\``,
    );
  const proof = proofs.toSorted((left, right) => right.endedAt - left.endedAt)[0];
  if (method !== "case/triage" && proof && proof.verdict !== "proved")
    throw new CliError(
      exitCodes.failure,
      `the fix of ${port} is not proved (${proof.verdict}): ${proof.reason}`,
    );
}

async function queue(
  { signal }: Terminal,
  client: RpcClient,
  method: WorkMethod,
  ref: { case: string; target: string | undefined },
  { tier, context, model, diff, drop = [], anew, ...limits }: WorkOptions,
): Promise<Job> {
  if (method === "case/candidate") {
    const chosen = diff ?? (await client.call("case/diff", ref, signal)).sha256;
    return (await client.call(method, { ...ref, diff: chosen, drop }, signal)).job;
  }
  if (method === "case/verify") return (await client.call(method, { ...ref, anew }, signal)).job;
  const budget = budgetOf(limits);
  const params = method === "case/patch" ? { tier: tier as Tier | undefined, context, model, budget } : {};
  return (await client.call(method, { ...ref, ...params }, signal)).job;
}

/** Undefined when no limit was given. */
function budgetOf({
  tokens,
  turns,
  builds,
  minutes,
  money,
}: Pick<
  WorkOptions,
  "tokens" | "turns" | "builds" | "minutes" | "money"
>): CallParams<"case/patch">["budget"] {
  const given = {
    ...{ tokens, turns, builds, wallMs: minutes && String(Number(minutes) * 60_000) },
    costMicros: money && String(Math.ceil(Number(money) * 1e6)),
  };
  const limits = Object.entries(given).flatMap(([name, value]) => (value ? [[name, Number(value)]] : []));
  return limits.length > 0 ? Object.fromEntries(limits) : undefined;
}

/** Queues work on a case and, unless told not to wait, shows it until it ends. */
export async function work(
  terminal: Terminal,
  method: WorkMethod,
  ref: string,
  options: WorkOptions,
): Promise<void> {
  const { wait, target } = options;
  await withServer(terminal, async (client) => {
    const after = client.server.seq;
    const job = await queue(terminal, client, method, { case: ref, target }, options);
    if (!wait) {
      terminal.out(terminal.json ? asJson({ job }) : `${job.kind} is ${job.state} as ${job.id}\n`);
      return;
    }
    terminal.signal.addEventListener("abort", () =>
      terminal.err(`the ${job.kind} goes on in the server; \`portwright case stop ${job.caseId}\` ends it\n`),
    );
    const { job: ended, detail } = await followJob(terminal, client, job, after);
    terminal.out(
      terminal.json
        ? asJson({ job: ended })
        : `${portName(detail.case)} is ${detail.case.state}${detail.case.diffSha256 ? `; its diff: portwright diff ${detail.case.id}` : ""}\n`,
    );
    requireSuccess(method, ended, detail);
  });
}
