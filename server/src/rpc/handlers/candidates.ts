import { chooseDiff, requireChoosable } from "../../proof/candidate.ts";
import { type Case, PortwrightError } from "../../protocol/index.ts";
import { resolveCase } from "../../tracker/resolve.ts";
import type { Handlers } from "../context.ts";
import { requireEnvironments } from "../environments.ts";

export const candidatesHandlers: Pick<Handlers, "case/candidate"> = {
  async "case/candidate"({ case: ref, target, diff, drop }, { services, who }) {
    const { store, jobs } = services;
    requireEnvironments(services);
    const { id, diffSha256: before } = resolveCase(store, ref, target);
    const current = (): Case => {
      const subject = resolveCase(store, id);
      requireChoosable(store, subject);
      return subject;
    };
    const diffSha256 = await chooseDiff(store, current(), diff, drop);
    // A choice made from what is no longer there would undo somebody else's.
    if (current().diffSha256 !== before)
      throw new PortwrightError("badState", "the case has got another diff meanwhile: look at it again");
    const job = jobs.enqueue({ kind: "verify", caseId: id, requestedBy: who, diffSha256 });
    return { case: resolveCase(store, id), job };
  },
};
