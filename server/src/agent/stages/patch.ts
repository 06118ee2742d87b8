import { Unhealthy } from "../../environments/errors.ts";
import { type JobContext, NotNow, type StageHandler } from "../../jobs/types.ts";
import { ServerClosing } from "../../jobs/worker.ts";
import { budgetOf } from "../../policy/budget.ts";
import { rebuildsFirst, subjectOf } from "../../policy/decide.ts";
import { modelFor } from "../../policy/lineage.ts";
import {
  type Bundle,
  type Case,
  type Decision,
  type NewEvent,
  PortwrightError,
} from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";
import { caseChange } from "../../tracker/lifecycle.ts";
import { ruleBook } from "../recipes/book.ts";
import { handOverText } from "../triage/handOver.ts";
import type { Agent, AttemptReport } from "../types.ts";
import { runAttempt } from "./attempt.ts";
import { openAttempt } from "./interrupted.ts";
import { kinFixesOf } from "./kin.ts";
import { closedByRebuild, rebuild } from "./rebuild.ts";
import { actingTier, lineageOf, refusal, unpriced } from "./refusal.ts";
import { resumeAttempt } from "./resume.ts";
import type { PatchStageOptions } from "./types.ts";

/**
 * Attempts at one case: the rule book first, then the model, until one attempt's own build passes or the policy's
 * number of attempts is used up. A fix goes on to its proof; anything else is handed to a person with the whole account.
 */
export function patchStage(options: PatchStageOptions): StageHandler {
  return async (context) => {
    const { store, now } = options;
    const begin = load(store, context.job.caseId);
    context.append(caseChange(begin.subject, "patch-started", now(), { handOver: null }));
    let hadBegun = false;
    try {
      await options.manager.ready(context.signal);
      hadBegun = true;
      await attempts(options, context, begin);
    } catch (error) {
      if (context.signal.reason instanceof ServerClosing) throw error;
      if (error instanceof Unhealthy && !context.signal.aborted)
        throw new NotNow(error.message, error, { hadBegun });
      const why = context.signal.aborted ? context.signal.reason : error;
      const words = `The work ended before its time: ${why instanceof Error ? why.message : String(why)}`;
      if (store.case(begin.subject.id)?.state === "patching")
        context.append(handOver(options, context, words));
      throw error;
    }
  };
}

interface Loaded {
  subject: Case;
  bundle: Bundle;
  decision: Decision;
}

async function attempts(
  options: PatchStageOptions,
  context: JobContext,
  { subject, bundle, decision }: Loaded,
) {
  const { store, policy } = options;
  const { job, signal } = context;
  const refused = refusal(options, subject, job);
  if (refused !== null) return context.conclude(handOver(options, context, refused));
  let open = openAttempt(store, job);
  const passed =
    open === undefined && rebuildsFirst(decision) ? await rebuild(options, context, subject) : null;
  if (passed !== null) {
    signal.throwIfAborted();
    const words = `The port builds unchanged in a fresh environment, not for the first time (log ${passed}): look at what the builder gives it.`;
    const done = closedByRebuild(options, load(store, subject.id).subject, passed);
    return context.conclude(...(done ?? [handOver(options, context, words)]));
  }
  if (open === undefined && job.requestedBy === "automation" && decision.tier !== "AUTO") {
    const words = `The port failed again when it was built unchanged. The policy leaves this to a person: ${decision.reason}.`;
    return context.conclude(handOver(options, context, words));
  }
  const tier = job.tier ?? decision.tier;
  const allowed = budgetOf(policy, actingTier(subject, job.tier), subjectOf(subject));
  const { attempts: most, attemptsPerFailure: _, escalate, approve = [], ...limits } = allowed;
  const budget = { ...limits, ...job.budget };
  const isAsked = job.tier !== null;
  const able = isAsked ? [...decision.recipes, ...(decision.unsure ?? [])] : decision.recipes;
  const kin = await kinFixesOf(store, subject);
  const plan = job.kin
    ? [options.recipes].slice(0, kin.length)
    : agentsFor(options, able.length + kin.length > 0, job.model, most);
  const outcomes = store.recipeOutcomes();
  const own = ruleBook(policy, outcomes, subjectOf(subject), isAsked ? null : actingTier(subject, null));
  const book = job.kin ? () => [] : own;
  // What this job did before its server died counts; an attempt that was cut short does not.
  const made = store
    .attemptsOf(subject.id)
    .filter(({ jobId, outcome }) => jobId === job.id && outcome !== null && outcome !== "error");
  if (plan.length === 0) {
    const words = job.kin
      ? "The fix that was proved for the same failure is not there any more."
      : "No rule matches the evidence and no model is configured.";
    return context.conclude(handOver(options, context, words));
  }
  const usual = job.model === undefined ? options.models.get("patch") : undefined;
  for (const planned of plan.slice(made.length)) {
    signal.throwIfAborted();
    const capped = refusal(options, subject, job);
    if (capped !== null) return context.conclude(handOver(options, context, capped));
    const terms = { subject, bundle, decision, tier, budget, approve, book, kin };
    let report: AttemptReport | null = null;
    if (open !== undefined) {
      const { provider, model } = open;
      const { recipes, models } = options;
      const agent = [recipes, ...models.values(), models.get(job.model ?? "patch")].find(
        (one) => one?.provider === provider && one.model === model,
      );
      const begun = { tier: open.tier, budget: open.budget ?? budget };
      report = await resumeAttempt(options, context, { ...terms, ...begun, agent }, open);
      open = undefined;
    }
    if (report === null) {
      const name = modelFor({ escalate }, lineageOf(store, subject, job));
      const agent = planned === usual ? requireModel(options, name) : planned;
      const costly = unpriced(options, agent, budget);
      if (costly !== null) return context.conclude(handOver(options, context, costly));
      report = await runAttempt(options, context, { ...terms, agent });
    }
    signal.throwIfAborted();
    if (report.outcome === "fixed") {
      const diffSha256 = await store.blobs.put(Buffer.from(report.diff));
      signal.throwIfAborted();
      const { subject: current } = load(store, subject.id);
      return context.conclude(caseChange(current, "proof-started", options.now(), { diffSha256 }));
    }
    if (report.outcome === "needs-context")
      return context.conclude(handOver(options, context, report.summary));
  }
  context.conclude(handOver(options, context, ""));
}

/** The rule book costs nothing, so it comes first; a model gets every attempt that is left. */
function agentsFor(
  options: PatchStageOptions,
  hasRules: boolean,
  chosen: string | undefined,
  most: number,
): Agent[] {
  const model = chosen === undefined ? options.models.get("patch") : requireModel(options, chosen);
  const modelAttempts = model === undefined ? [] : Array<Agent>(most).fill(model);
  // Who chooses a model wants its answer, not the rule book's.
  if (chosen !== undefined) return modelAttempts;
  return (hasRules ? [options.recipes, ...modelAttempts] : modelAttempts).slice(0, most);
}

function requireModel({ models }: PatchStageOptions, name: string): Agent {
  const model = models.get(name);
  if (model !== undefined) return model;
  throw new PortwrightError("badState", `no model ${name} is configured any more; choose another one`);
}

function handOver({ store, now }: PatchStageOptions, context: JobContext, words: string): NewEvent {
  const { subject, bundle } = load(store, context.job.caseId);
  const text = handOverText({ subject, bundle, attempts: store.attemptsOf(subject.id), words });
  return caseChange(subject, "escalate", now(), { handOver: text });
}

function load(store: Store, caseId: string): Loaded {
  const subject = store.case(caseId);
  const bundle = subject && store.bundle(subject.bundleId);
  if (!subject || !bundle) throw new PortwrightError("notFound", `case ${caseId} or its bundle is gone`);
  if (subject.decision === null)
    throw new PortwrightError("badState", `${subject.origin} has no diagnosis yet`);
  return { subject, bundle, decision: subject.decision };
}
