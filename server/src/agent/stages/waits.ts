import type { ServerConfig } from "../../config/config.ts";
import type { EnvironmentManager } from "../../environments/types.ts";
import type { Policy } from "../../policy/load.ts";
import type { Job } from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";
import type { BuildingRun } from "../../tracker/reconcile.ts";
import { triageName } from "../model/configured.ts";
import type { ModelPool } from "../model/pool.ts";
import { needsModel } from "../triage/triage.ts";

interface Needs {
  store: Pick<Store, "case" | "bundle">;
  policy: Policy;
  pool: Pick<ModelPool, "whyDown">;
  models: ServerConfig["models"];
}

/**
 * Why a job that nobody asked for has to wait for a model: it would ask one while all that could answer are down; null when it
 * does not. A case of the night is better diagnosed in the morning than handed to a person without a diagnosis.
 */
export function waitsForModels({ store, policy, pool, models }: Needs): (job: Job) => string | null {
  const diagnostician = triageName(models);
  return ({ kind, caseId, kin, requestedBy }) => {
    if (requestedBy !== "automation") return null;
    if (kind === "patch") return kin || models.patch === undefined ? null : why("patch");
    const down = kind === "triage" && diagnostician !== null ? why(diagnostician) : null;
    if (down === null) return null;
    const subject = store.case(caseId);
    const bundle = subject && store.bundle(subject.bundleId);
    return subject && bundle && needsModel(policy, subject, bundle.diagnosis) ? down : null;
  };

  function why(model: string): string | null {
    const down = pool.whyDown(model);
    return down === null ? null : `no model answers: ${down}`;
  }
}

/**
 * Why a job has to wait for a bulk run that builds on this host, where the policy lets that one have the machine to itself;
 * null when it does not. As long as nobody has looked (`runs` gives null) there may be one.
 */
export const waitsForBulk =
  ({ file }: Pick<Policy, "file">, runs: () => readonly BuildingRun[] | null) =>
  ({ kind, requestedBy }: Pick<Job, "kind" | "requestedBy">): string | null => {
    if (file.whileBulkRuns === "work" || kind === "triage" || requestedBy !== "automation") return null;
    const found = runs();
    if (found === null)
      return "whether a run is live here is not known yet, and the policy (whileBulkRuns) lets it end first";
    const [run] = found;
    if (run === undefined) return null;
    const left = run.remaining === null ? "" : ` with ${run.remaining} ports to go`;
    return `run ${run.runId} is live here${left}, and the policy (whileBulkRuns) lets it end first`;
  };

/** Why a job that builds has to wait: no build can be begun on this host; null when it can, as far as is known. */
export const waitsForHealth =
  (environments: Pick<EnvironmentManager, "unready"> | null) =>
  ({ kind }: Pick<Job, "kind">): string | null =>
    kind === "triage" ? null : (environments?.unready() ?? null);
