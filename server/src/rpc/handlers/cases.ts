import { modelInfos } from "../../agent/model/infos.ts";
import { refusal } from "../../agent/stages/refusal.ts";
import type { JobRequest } from "../../jobs/types.ts";
import { proofOf } from "../../proof/proved.ts";
import { type Case, PortwrightError } from "../../protocol/index.ts";
import { resolveCase } from "../../tracker/resolve.ts";
import type { Handlers, RequestContext } from "../context.ts";
import { requireEnvironments } from "../environments.ts";
import { waitsOf } from "../sessionList.ts";

/** Newest bundles and jobs of a case's detail; older ones are reached through the event stream. */
const detailBundles = 20;
const detailJobs = 100;
/** A larger diff is read in ranges with `artifact/read`. */
const maxDiffBytes = 4 * 1024 * 1024;

function enqueue(
  { services, who }: RequestContext,
  kind: "triage" | "patch" | "verify",
  { id }: Case,
  extra: Pick<JobRequest, "tier" | "context" | "model" | "budget" | "anew"> = {},
) {
  if (kind !== "triage") requireEnvironments(services);
  return { job: services.jobs.enqueue({ kind, caseId: id, requestedBy: who, ...extra }) };
}

type CaseMethods =
  | "cases/list"
  | "case/get"
  | "case/triage"
  | "case/patch"
  | "case/verify"
  | "case/stop"
  | "case/diff";

export const caseHandlers: Pick<Handlers, CaseMethods> = {
  async "cases/list"({ limit, cursor, order, ...filter }, { services }) {
    const { items, total, nextCursor } = services.store.cases(filter, { limit, cursor }, order);
    const waits = waitsOf(services, new Set(items.map(({ id }) => id)));
    return { cases: items, total, nextCursor, ...(Object.keys(waits).length > 0 && { waits }) };
  },

  async "case/get"({ case: ref, target }, { services }) {
    const { store } = services;
    const found = resolveCase(store, ref, target);
    const jobs = store.jobs({ caseId: found.id }, { limit: detailJobs }).items;
    const queued = jobs.find(({ state }) => state === "queued");
    const waits = queued ? services.whyWaits(queued) : null;
    return {
      ...(waits !== null && { waits }),
      case: found,
      bundles: store.bundlesOf(found.target, found.origin, found.flavor).slice(0, detailBundles),
      attempts: store.attemptsOf(found.id),
      proofs: store.proofsOf(found.id),
      jobs,
    };
  },

  async "case/triage"({ case: ref, target }, context) {
    return enqueue(context, "triage", resolveCase(context.services.store, ref, target));
  },

  async "case/patch"({ case: ref, target, context: words, ...terms }, context) {
    const { store, config, policy, keys, lent, now } = context.services;
    const found = resolveCase(store, ref, target);
    const { model, tier = null } = terms;
    const refused = refusal({ store, policy }, found, { context: words ?? "", model, tier, queuedAt: now() });
    if (refused !== null) throw new PortwrightError("badState", refused);
    const known = modelInfos(config.models, keys, lent).map(({ name }) => name);
    if (terms.model !== undefined && !known.includes(terms.model))
      throw new PortwrightError(
        "badParams",
        `model: there is no ${terms.model}; known: ${known.join(", ") || "none"}`,
      );
    return enqueue(context, "patch", found, { ...terms, context: words });
  },

  async "case/verify"({ case: ref, target, anew }, context) {
    return enqueue(context, "verify", resolveCase(context.services.store, ref, target), { anew });
  },

  async "case/stop"({ case: ref, target }, { services, who }) {
    return { stopped: services.jobs.stop(resolveCase(services.store, ref, target).id, who) };
  },

  async "case/diff"({ case: ref, target }, { services: { store } }) {
    const found = resolveCase(store, ref, target);
    if (!found.diffSha256) throw new PortwrightError("notFound", `${found.origin} has no diff yet`);
    const { data, bytes } = await store.blobs.read(found.diffSha256, { offset: 0, length: maxDiffBytes });
    if (data.length < bytes)
      throw new PortwrightError(
        "badState",
        `the diff of ${found.origin} has ${bytes} bytes: read it in ranges, as artifact ${found.diffSha256}`,
      );
    return { sha256: found.diffSha256, diff: data.toString("utf8"), proved: proofOf(store, found) !== null };
  },
};
