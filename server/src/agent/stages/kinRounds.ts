import type { JobQueue } from "../../jobs/types.ts";
import { isHidden } from "../../protocol/attention.ts";
import { type Case, PortwrightError } from "../../protocol/index.ts";
import { everyItem } from "../../store/pages.ts";
import type { Store } from "../../store/types.ts";
import { kinFixesOf, settled } from "./kin.ts";

export interface KinRoundsOptions {
  store: Store;
  queue: JobQueue;
  /** Whether cases of this target can be repaired here. */
  repairable: (subject: Case) => boolean;
  log: (level: "info" | "error", text: string, cause?: unknown) => void;
  now: () => number;
}

/**
 * Once a fix is proved, asks for a trial of it on the cases of the same failure that nobody here could mend, where the policy
 * lets the agent act by itself. The trial asks no model. What a full queue had no room for is asked for as soon as a job ends.
 */
export function tryOnKin(options: KinRoundsOptions): Disposable {
  const { store, log } = options;
  /** Signatures of failures that have a fix by now. */
  const mended = new Set<string>();
  let running = false;
  let closed = false;
  async function rounds(): Promise<void> {
    // What is noted meanwhile is visited too.
    for (const signature of mended) {
      mended.delete(signature);
      const fixes = await kinFixesOf(store, { id: "", signature });
      if (closed) return;
      const newest = Math.max(...fixes.map(({ provedAt }) => provedAt));
      for (const member of fixes.length === 0 ? [] : members(options, signature))
        if (triedAt(store, member) < newest && !ask(options, member)) {
          mended.add(signature);
          return;
        }
    }
  }
  const wake = async (): Promise<void> => {
    if (running || mended.size === 0) return;
    running = true;
    try {
      await rounds();
    } catch (error) {
      if (!closed) log("error", "a proved fix could not be tried on other ports", error);
    } finally {
      running = false;
    }
  };
  const note = (subject: Case): void => {
    if (subject.state === "waiting" && settled(subject) >= 0) mended.add(subject.signature);
  };
  for (const one of everyItem((page) => store.cases({ state: "waiting" }, page))) note(one);
  void wake();
  const listening = store.onAppend((events) => {
    for (const { type, payload } of events) if (type === "case/changed") note(payload);
    if (
      events.some(({ type, payload }) =>
        type === "job/changed" ? payload.endedAt !== null : type === "case/changed",
      )
    )
      void wake();
  });
  return {
    [Symbol.dispose]() {
      closed = true;
      listening[Symbol.dispose]();
    },
  };
}

const members = ({ store, repairable, now }: KinRoundsOptions, key: string): Case[] =>
  [...everyItem((page) => store.cases({ group: { by: "signature", key }, state: "escalated" }, page))].filter(
    (one) => one.decision?.tier === "AUTO" && repairable(one) && !isHidden(one, now()),
  );

/** When the rule book, which tries what was proved by then, last began with this failure of the case. */
function triedAt({ attemptsOf }: Pick<Store, "attemptsOf">, { id, signature }: Case): number {
  const own = attemptsOf(id).filter((one) => one.provider === "recipes" && one.signature === signature);
  return Math.max(Number.NEGATIVE_INFINITY, ...own.map(({ startedAt }) => startedAt));
}

/** False when the queue has no room. */
function ask({ queue, log }: KinRoundsOptions, { id, origin }: Case): boolean {
  try {
    queue.enqueue({ kind: "patch", caseId: id, requestedBy: "automation", kin: true });
  } catch (error) {
    if (!(error instanceof PortwrightError)) throw error;
    if (error.kind === "queueFull") return false;
    log("error", `${origin}: the proved fix of the same failure is not tried`, error);
  }
  return true;
}
