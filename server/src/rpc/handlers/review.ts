import { EnvironmentError } from "../../environments/errors.ts";
import { headCommit } from "../../environments/sources.ts";
import { reviewDiff } from "../../proof/review.ts";
import { type Case, PortwrightError, type Proof } from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";
import { resolveCase } from "../../tracker/resolve.ts";
import type { Handlers, RequestContext } from "../context.ts";

export const reviewHandlers: Pick<Handlers, "case/review"> = {
  async "case/review"({ case: ref, target, diff }, context) {
    const { store } = context.services;
    const subject = resolveCase(store, ref, target);
    const sha256 = diff ?? subject.diffSha256;
    if (!sha256) throw new PortwrightError("notFound", `${subject.origin} has no diff yet`);
    const proofs = store.proofsOf(subject.id).filter((proof) => proof.diffSha256 === sha256);
    if (proofs.length === 0 && !isOfCase(store, subject, sha256))
      throw new PortwrightError("notFound", `${subject.origin} has no diff ${sha256}`);
    const proved = proofs.some(({ verdict }) => verdict === "proved");
    return { sha256, proved, ...(await review(context, sha256, proofs)) };
  },
};

function isOfCase(store: Store, { id, diffSha256 }: Case, sha256: string): boolean {
  return diffSha256 === sha256 || store.attemptsOf(id).some((attempt) => attempt.diffSha256 === sha256);
}

async function review({ services, signal }: RequestContext, sha256: string, proofs: readonly Proof[]) {
  const { blobs } = services.store;
  const repository = services.config.trees?.deltaPorts;
  if (repository === undefined) return { files: [], problem: "no trees are configured on the builder" };
  const { data } = await blobs.read(sha256);
  const provedFrom = proofs.flatMap(({ trees }) => trees.DeltaPorts ?? []).reverse();
  try {
    const commits = [...new Set([...provedFrom, await headCommit(repository)])];
    return await reviewDiff({ blobs, diff: data.toString("utf8"), repository, commits, signal });
  } catch (error) {
    // The diff is readable whatever became of the trees.
    if (error instanceof EnvironmentError) return { files: [], problem: error.message };
    throw error;
  }
}
