import { type Case, type CaseState, PortwrightError } from "../protocol/index.ts";
import { type HunkName, withoutHunks } from "../protocol/unifiedDiff.ts";
import type { Store } from "../store/types.ts";
import { refuseDiff } from "./lint.ts";

const ready: readonly CaseState[] = ["waiting", "escalated", "rejected"];

const remedies: Partial<Record<CaseState, string>> = {
  accepted: "reject it first",
  delivered: "undo the delivery and reject it first",
};

/** Throws PortwrightError badState for a case whose diff a person may not choose now. */
export function requireChoosable(store: Store, { id, origin, state }: Case): void {
  if (!ready.includes(state)) {
    const remedy = remedies[state] ?? `only a fix that is ${ready.join(", ")} is chosen from`;
    throw new PortwrightError("badState", `${origin} is ${state}: ${remedy}`);
  }
  const busy = store
    .jobs({ caseId: id, states: ["queued", "leased"] }, { limit: 100 })
    .items.find(({ kind }) => kind === "patch");
  if (busy !== undefined)
    throw new PortwrightError(
      "badState",
      `a repair of ${origin} is queued: \`portwright case stop ${id}\` first`,
    );
}

/**
 * Hash of a recorded diff of the case, less the dropped hunks. Throws PortwrightError: notFound for a diff or a hunk that
 * is not the case's, badParams when nothing would be left or be new, policy when no proof would take it.
 */
export async function chooseDiff(
  store: Store,
  subject: Case,
  diffSha256: string,
  drop: readonly HunkName[],
): Promise<string> {
  const { id, origin } = subject;
  const recorded = [...store.attemptsOf(id), ...store.proofsOf(id)];
  if (!recorded.some((one) => one.diffSha256 === diffSha256))
    throw new PortwrightError(
      "notFound",
      `no attempt and no proof of ${origin} recorded the diff ${diffSha256}`,
    );
  const recordedDiff = (await store.blobs.read(diffSha256)).data.toString("utf8");
  const diff = drop.length === 0 ? recordedDiff : withoutHunks(recordedDiff, drop);
  if (diff === null) {
    const names = drop.map(({ path, hunk }) => `${path}:${hunk}`).join(", ");
    throw new PortwrightError(
      "notFound",
      `the diff has not all of ${names}: \`portwright diff ${id} --hunks\``,
    );
  }
  if (diff.trim() === "")
    throw new PortwrightError("badParams", "nothing of the fix would be left: reject it instead");
  const refused = refuseDiff(diff, origin);
  if (refused !== null) throw new PortwrightError("policy", `no proof would take this diff: ${refused}`);
  const chosen = await store.blobs.put(Buffer.from(diff));
  if (chosen === subject.diffSha256)
    throw new PortwrightError(
      "badParams",
      `that is the diff of ${origin} already: drop a hunk, or prove it anew with \`portwright case verify ${id}\``,
    );
  return chosen;
}
