import { join } from "node:path";
import { createSerial } from "../async/serial.ts";
import { EnvironmentError } from "../environments/errors.ts";
import { proofOf } from "../proof/proved.ts";
import { type Case, type Delivery, type DeliveryPreview, PortwrightError } from "../protocol/index.ts";
import { caseChange } from "../tracker/lifecycle.ts";
import { isDelivery } from "./message.ts";
import { branchStem } from "./names.ts";
import { type DeliveryOptions, diffOf, prepare } from "./prepare.ts";
import {
  branches,
  checkedOutIn,
  createBranch,
  deleteBranch,
  openRepository,
  type Repository,
  recentCommits,
  type Tip,
} from "./repository.ts";
import { DoesNotApply, inWorkshop, type Workshop } from "./workshop.ts";

interface Delivered {
  case: Case;
  delivery: Delivery;
}

/** Puts accepted fixes into the operator's repository; every refusal is a PortwrightError with its remedy. */
export interface DeliveryService {
  preview(caseId: string, who: string): Promise<DeliveryPreview>;
  /** Resumes one that a killed server left between branch and record; the same proof is delivered once. */
  apply(caseId: string, who: string): Promise<Delivered>;
  undo(caseId: string, who: string): Promise<Delivered>;
}

interface Bench {
  repository: Repository;
  workshop: Workshop;
}

export function createDelivery(options: DeliveryOptions): DeliveryService {
  const { store, config, stateDir, now } = options;
  const folder = join(stateDir, "delivery");
  // One at a time: the workshop is one folder, and the name of a branch is chosen by those that are there.
  const inTurn = createSerial();
  function serially<T>(work: () => Promise<T>): Promise<T> {
    return inTurn(work).catch((error: unknown) => {
      if (!(error instanceof EnvironmentError)) throw error;
      throw new PortwrightError("environment", error.message, error);
    });
  }

  function open(): Promise<Repository> {
    const path = config.delivery.repository ?? config.trees?.deltaPorts;
    if (path !== undefined) return openRepository(path);
    throw new PortwrightError(
      "environment",
      'no repository is configured to deliver into: set "delivery.repository" or "trees" in portwright.json',
    );
  }

  async function atBench<T>(work: (bench: Bench) => Promise<T>): Promise<T> {
    const repository = await open();
    return inWorkshop(folder, repository, (workshop) => work({ repository, workshop }));
  }

  function caseOf(id: string): Case {
    const subject = store.case(id);
    if (subject === null) throw new PortwrightError("notFound", `case ${id} is gone`);
    return subject;
  }

  return {
    preview: (caseId, who) =>
      serially(() => atBench(async (bench) => (await prepare(options, bench, caseOf(caseId), who)).preview)),

    apply: (caseId, who) =>
      serially(async () => {
        const subject = caseOf(caseId);
        const standing = standingDelivery(options, subject);
        if (standing !== null) return { case: subject, delivery: standing };
        return atBench((bench) => deliver(options, bench, subject, who));
      }),

    undo: (caseId, who) =>
      serially(async () => {
        const subject = caseOf(caseId);
        const delivery = subject.deliveryId === undefined ? null : store.delivery(subject.deliveryId);
        if (subject.state !== "delivered" || delivery === null)
          throw new PortwrightError(
            "badState",
            `${subject.origin} is ${subject.state}: nothing is delivered that could be taken back`,
          );
        await removeBranch(await openRepository(delivery.repository), delivery);
        return store.transact(() => {
          const { deliveryId: _, ...current } = caseOf(caseId);
          const undone: Delivery = { ...delivery, state: "undone", undoneAt: now(), undoneBy: who };
          const text = `undo of the delivery as ${delivery.branch}`;
          const change = caseChange(current, "undo", now());
          return {
            events: [
              { type: "note/recorded", payload: { caseId, who, text } },
              { type: "delivery/changed", payload: undone },
              change,
            ],
            value: { case: change.payload as Case, delivery: undone },
          };
        });
      }),
  };
}

/** The delivery of just the fix that the case shows. */
function standingDelivery({ store }: DeliveryOptions, subject: Case): Delivery | null {
  if (subject.state !== "delivered" || subject.deliveryId === undefined) return null;
  const delivery = store.delivery(subject.deliveryId);
  return delivery?.state === "applied" && delivery.proofId === subject.proofId ? delivery : null;
}

async function deliver(
  options: DeliveryOptions,
  bench: Bench,
  subject: Case,
  who: string,
): Promise<Delivered> {
  const left = await findLeft(options, bench, subject);
  if (left !== null) return record(options, bench, subject, who, left);
  const { repository, workshop } = bench;
  const { preview, prepared } = await prepare(options, bench, subject, who);
  if (prepared === null) throw new PortwrightError("badState", preview.problems.join("; "));
  const { branch, title, message, author, change } = prepared;
  const base = repository.head;
  const commit = await workshop.commit({ base, tree: change.tree, message, author, at: options.now() });
  await createBranch(
    repository,
    { branch, commit },
    await workshop.pack([...change.objects, change.tree, commit]),
  );
  try {
    return await record(options, bench, subject, who, { branch, commit, base, title });
  } catch (error) {
    await deleteBranch(repository, { branch, commit });
    throw error;
  }
}

interface Made extends Tip {
  base: string;
  title: string;
}

/** What a server that was killed before it could record its delivery left: our commit, and nothing else's tree. */
async function findLeft(
  { store, config }: DeliveryOptions,
  { repository, workshop }: Bench,
  subject: Case,
): Promise<Made | null> {
  const proof = subject.state === "accepted" ? proofOf(store, subject) : null;
  if (proof === null) return null;
  const pattern = `${branchStem(config.delivery.branchPrefix, subject)}-*`;
  for (const found of await recentCommits(repository, pattern)) {
    const { branch, commit, parent, message } = found;
    if (!isDelivery(message, subject.id, proof.id)) continue;
    const tree = await workshop.apply(parent, await diffOf(store, proof)).catch((error: unknown) => {
      if (error instanceof DoesNotApply) return null;
      throw error;
    });
    if (tree !== (await workshop.treeOf(commit))) continue;
    return { branch, commit, base: parent, title: message.split("\n")[0] ?? "" };
  }
  return null;
}

/** One transaction for the delivery and the case, which may have gone on since it was looked at. */
async function record(
  { store, now, newId }: DeliveryOptions,
  { repository, workshop }: Bench,
  subject: Case,
  who: string,
  { branch, commit, base, title }: Made,
): Promise<Delivered> {
  const { mail, plain } = await workshop.patches(commit);
  const patchSha256 = await store.blobs.put(Buffer.from(mail));
  const plainSha256 = await store.blobs.put(Buffer.from(plain));
  return store.transact(() => {
    const current = store.case(subject.id);
    if (current === null || current.proofId !== subject.proofId || current.diffSha256 !== subject.diffSha256)
      throw new PortwrightError(
        "badState",
        `${subject.origin} changed while it was delivered; look at it again`,
      );
    const delivery: Delivery = {
      ...{ id: newId(), caseId: subject.id, proofId: subject.proofId ?? "", state: "applied" },
      ...{ repository: repository.path, branch, base, commit, subject: title, patchSha256, plainSha256 },
      ...{ who, at: now(), undoneAt: null },
    };
    const change = caseChange(current, "deliver", now(), { deliveryId: delivery.id });
    return {
      events: [{ type: "delivery/changed", payload: delivery }, change],
      value: { case: change.payload as Case, delivery },
    };
  });
}

/** Nothing to do for a branch that is gone. Throws PortwrightError badState for one that holds more than our commit. */
async function removeBranch(repository: Repository, { branch, commit }: Delivery): Promise<void> {
  const tip = (await branches(repository, branch)).find((one) => one.branch === branch);
  if (tip === undefined) return;
  if (tip.commit !== commit)
    throw new PortwrightError(
      "badState",
      `branch ${branch} has commits that are not ours: keep them elsewhere, remove it with ` +
        `\`git -C ${repository.path} branch -D ${branch}\`, then undo again`,
    );
  const folder = await checkedOutIn(repository, branch);
  if (folder !== null)
    throw new PortwrightError(
      "badState",
      `branch ${branch} is checked out in ${folder}: switch to another one there (\`git switch -\`), then undo again`,
    );
  await deleteBranch(repository, { branch, commit });
}
