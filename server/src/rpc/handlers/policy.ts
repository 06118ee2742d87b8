import { lineageOf } from "../../agent/stages/refusal.ts";
import { explainPolicy } from "../../agent/triage/explain.ts";
import { PortwrightError } from "../../protocol/index.ts";
import { resolveCase } from "../../tracker/resolve.ts";
import type { Handlers } from "../context.ts";

export const policyHandlers: Pick<Handlers, "policy/files" | "policy/explain"> = {
  async "policy/files"(_params, { services: { policy } }) {
    return { folder: policy.folder, files: [...policy.files] };
  },

  async "policy/explain"({ case: ref, target }, { services: { store, policy, config } }) {
    const subject = resolveCase(store, ref, target);
    const bundle = store.bundle(subject.bundleId);
    if (bundle === null) throw new PortwrightError("notFound", `bundle ${subject.bundleId} is gone`);
    const canModel = config.models.patch !== undefined;
    return { text: explainPolicy({ subject, bundle, policy, canModel, failed: lineageOf(store, subject) }) };
  },
};
