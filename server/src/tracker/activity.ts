import type { Activity, Attempt, Case, Delivery, Job, Note, Proof } from "../protocol/index.ts";
import { everyItem } from "../store/pages.ts";
import { readPage } from "../store/sqlite/page.ts";
import type { Page, PageRequest, Store } from "../store/types.ts";

/** Who did what when on a case, newest first; as far as the facts that are kept tell. */
export function caseActivity(store: Store, subject: Case, request: PageRequest): Page<Activity> {
  const all = everything(store, subject).sort(newestFirst);
  const order = { order: "activity", start: [Number.MAX_SAFE_INTEGER, "\u{10ffff}"] };
  return readPage<Activity>(request, order, ([at = 0, id = ""], limit) =>
    all
      .filter((one) => newestFirst({ at: Number(at), id: String(id) }, one) < 0)
      .slice(0, limit)
      .map((one) => ({ place: JSON.stringify([one.at, one.id]), payload: JSON.stringify(one) })),
  );
}

const inOrder = (number: number): string => String(number).padStart(12, "0");

type Placed = Pick<Activity, "at" | "id">;

function newestFirst(left: Placed, right: Placed): number {
  if (left.at !== right.at) return right.at - left.at;
  return left.id < right.id ? 1 : left.id > right.id ? -1 : 0;
}

function everything(store: Store, subject: Case): Activity[] {
  const { id, target, origin, flavor } = subject;
  return [
    ...store.bundlesOf(target, origin, flavor).map(
      ({ id: bundle, at, runId, diagnosis }): Activity => ({
        ...{ id: `bundle-${bundle}`, at, who: "builder", what: "failed" },
        text: `${diagnosis.classification}${diagnosis.phase ? ` in ${diagnosis.phase}` : ""}, run ${runId}`,
      }),
    ),
    ...[...everyItem((page) => store.jobs({ caseId: id }, page))].flatMap(ofJob),
    ...store.attemptsOf(id).flatMap(ofAttempt),
    ...store.proofsOf(id).map(ofProof),
    ...[...everyItem((page) => store.notes({ caseId: id }, page))].reverse().map(ofNote),
    ...store.steeringsOf(id).map(
      ({ id: steering, at, who, text, state }): Activity => ({
        ...{ id: `steering-${steering}`, at, who, what: "steered", text: `${text} (${state})` },
      }),
    ),
    ...store.approvalsOf(id).flatMap(({ id: approval, who, state, tool, turn, text, answeredAt }) =>
      who === null || answeredAt === null
        ? []
        : [
            {
              ...{ id: `approval-${approval}`, at: answeredAt, who, what: "answered" as const },
              text: `${state} ${tool} of turn ${turn}${text && `: ${text}`}`,
            },
          ],
    ),
    ...store.deliveriesOf(id).flatMap(ofDelivery),
    ...becoming(store.caseStates(id)),
    ...closing(subject),
  ];
}

function ofJob({ id, kind, requestedBy, queuedAt, endedAt, state, error, context }: Job): Activity[] {
  const asked: Activity = {
    ...{ id: `job-${id}-1`, at: queuedAt, who: requestedBy, what: "asked" },
    text: context === "" ? kind : `${kind}: ${context}`,
  };
  // An attempt, and a proof, tell of their end themselves.
  if (endedAt === null || (state === "done" && kind !== "triage")) return [asked];
  const text = `${kind} ${state}${error === null ? "" : `: ${error}`}`;
  return [asked, { id: `job-${id}-2`, at: endedAt, who: "server", what: "ended", text }];
}

function ofAttempt({ id, number, provider, model, startedAt, ...rest }: Attempt): Activity[] {
  const { endedAt, outcome, summary } = rest;
  const who = `${provider}/${model}`;
  const began: Activity = {
    ...{ id: `attempt-${id}-1`, at: startedAt, who, what: "attempt", text: `attempt ${number} began` },
  };
  if (endedAt === null) return [began];
  const text = `attempt ${number}: ${outcome}${summary && `, ${summary}`}`;
  return [began, { id: `attempt-${id}-2`, at: endedAt, who, what: "attempt", text }];
}

function ofProof({ id, endedAt, verdict, reason, repeats }: Proof): Activity {
  const text = `${verdict}${reason && `: ${reason}`}${repeats ? ` (repeats ${repeats})` : ""}`;
  return { id: `proof-${id}`, at: endedAt, who: "server", what: "proof", text };
}

/** `index` counts from the first one, and so tells one without an id apart also when others come. */
function ofNote({ id, at = 0, who, kind = "note", text }: Note, index: number): Activity {
  const words = kind === "note" || kind === "decision" || kind === "mark" ? text : `${kind}: ${text}`;
  return {
    id: `note-${id ?? inOrder(index)}`,
    at,
    who,
    what: kind === "decision" ? "decided" : "said",
    text: words,
  };
}

function ofDelivery({ id, at, who, branch, undoneAt, undoneBy = "", pushed }: Delivery): Activity[] {
  const done: Activity[] = [{ id: `delivery-${id}-1`, at, who, what: "delivered", text: branch }];
  if (pushed !== undefined)
    done.push({
      ...{ id: `delivery-${id}-2`, at: pushed.at, who: pushed.who, what: "delivered" },
      text: `${branch} pushed to ${pushed.remote}`,
    });
  if (undoneAt !== null)
    done.push({ id: `delivery-${id}-3`, at: undoneAt, who: undoneBy, what: "undid", text: branch });
  return done;
}

/** What it was opened as is told by its failure. */
function becoming(states: ReturnType<Store["caseStates"]>): Activity[] {
  return states.slice(1).map(({ seq, at, state }, index) => ({
    ...{ id: `state-${inOrder(seq)}`, at, who: "", what: "became" },
    text: `${state}, before ${states[index]?.state}`,
  }));
}

function closing({ id, state, updatedAt }: Case): Activity[] {
  if (state !== "closed") return [];
  return [{ id: `case-${id}`, at: updatedAt, who: "builder", what: "built", text: "the port builds again" }];
}
