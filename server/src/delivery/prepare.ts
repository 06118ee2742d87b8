import type { ServerConfig } from "../config/config.ts";
import { refuseDiff } from "../proof/lint.ts";
import { proofOf } from "../proof/proved.ts";
import type { Attempt, Case, DeliveryPreview, Proof } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import { forgePlace } from "./forge/place.ts";
import { commitMessage } from "./message.ts";
import { branchName, branchStem } from "./names.ts";
import { authorOf, branches, type Repository } from "./repository.ts";
import { type ChangeSet, DoesNotApply, type Workshop } from "./workshop.ts";

export interface DeliveryOptions {
  store: Store;
  config: Pick<ServerConfig, "delivery" | "trees">;
  stateDir: string;
  version: string;
  /** Whose git settings name an author. */
  env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  now: () => number;
  newId: () => string;
}

/** All that a delivery needs, once nothing stands against it. */
export interface Prepared {
  proof: Proof;
  branch: string;
  title: string;
  message: string;
  author: string;
  change: Change;
}

/** What a delivery would do, and what stands against it; `prepared` is null when anything does. */
export async function prepare(
  options: DeliveryOptions,
  { repository, workshop }: { repository: Repository; workshop: Workshop },
  subject: Case,
  who: string,
): Promise<{ preview: DeliveryPreview; prepared: Prepared | null }> {
  const { store, config, version, now } = options;
  const { signOff, disclosure, branchPrefix } = config.delivery;
  const { head: base, path } = repository;
  const stem = branchStem(branchPrefix, subject);
  const taken = (await branches(repository, `${stem}-*`)).map((tip) => tip.branch);
  const branch = branchName(stem, now(), taken);
  const push = pushOf(config.delivery, branch);
  const problems: string[] = [];
  const state = stateProblem(store, subject);
  if (state !== null) problems.push(state);
  const author = config.delivery.author ?? (await authorOf(repository, options.env));
  if (author === null)
    problems.push(
      `git knows no author for ${path}: set "delivery.author" in portwright.json, or user.name and user.email there`,
    );
  const proof = proofOf(store, subject);
  if (proof === null) {
    problems.push(`the diff of ${subject.origin} is not proved: \`portwright case verify ${subject.id}\``);
    const none = { repository: path, branch, base, baseNote: "", message: "", files: [], problems, ...push };
    return { preview: none, prepared: null };
  }
  const change = await fit(workshop, base, await diffOf(store, proof), subject);
  if (typeof change === "string") problems.push(change);
  const files = typeof change === "string" ? [] : change.files;
  const attempt = attemptOf(store, proof);
  const { title, message } = commitMessage({
    ...{ subject, bundle: store.bundle(subject.bundleId), proof, attempt, files, who, version, disclosure },
    signOff: signOff ? author : null,
  });
  const preview = {
    repository: path,
    branch,
    base,
    baseNote: baseNote(base, proof),
    message,
    files,
    problems,
    ...push,
  };
  if (author === null || typeof change === "string" || problems.length > 0)
    return { preview, prepared: null };
  return { preview, prepared: { proof, branch, title, message, author, change } };
}

function pushOf(
  { forge }: DeliveryOptions["config"]["delivery"],
  branch: string,
): Pick<DeliveryPreview, "push"> {
  if (forge === undefined) return {};
  const { host, remote, config } = forgePlace(forge);
  const { repository, into, draft } = config;
  return { push: { host, remote, branch, repository, into, draft } };
}

interface Change extends ChangeSet {
  tree: string;
}

export async function diffOf(store: Store, { diffSha256 }: Proof): Promise<string> {
  return (await store.blobs.read(diffSha256)).data.toString("utf8");
}

/** What the diff makes of the commit, or why nothing. */
async function fit(
  workshop: Workshop,
  base: string,
  diff: string,
  { id, origin }: Case,
): Promise<Change | string> {
  const refused = refuseDiff(diff, origin);
  if (refused !== null) return refused;
  try {
    const tree = await workshop.apply(base, diff);
    return { tree, ...(await workshop.changes(base, tree)) };
  } catch (error) {
    if (!(error instanceof DoesNotApply)) throw error;
    return (
      `the diff does not apply to HEAD (${base.slice(0, 12)}) any more: ${error.message}. Reject it and have the port ` +
      `repaired on the present trees: \`portwright case reject ${id}\`, \`portwright case patch ${id}\``
    );
  }
}

function stateProblem(store: Store, { id, origin, state, deliveryId }: Case): string | null {
  if (state === "accepted") return null;
  const delivery = state === "delivered" && deliveryId ? store.delivery(deliveryId) : null;
  return delivery
    ? `${origin} is delivered already, as ${delivery.branch}; \`portwright deliver undo ${id}\` takes it back`
    : `${origin} is ${state}: only an accepted fix is delivered (\`portwright case accept ${id}\`)`;
}

/** The attempt whose diff was proved, else the one from whose diff a person chose. */
function attemptOf(store: Store, proof: Proof): Attempt | null {
  const attempts = store.attemptsOf(proof.caseId);
  const own = attempts.find(({ id }) => id === proof.attemptId);
  return own ?? attempts.findLast(({ outcome }) => outcome === "fixed") ?? null;
}

function baseNote(base: string, { trees: { DeltaPorts = "" } }: Proof): string {
  if (base === DeltaPorts) return "HEAD, the commit that the proof started from";
  const proved = DeltaPorts === "" ? "another commit" : DeltaPorts.slice(0, 12);
  return `HEAD, where the diff applies; the proof started from ${proved}`;
}
