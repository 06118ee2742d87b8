import { isHidden } from "../protocol/attention.ts";
import { type Case, type JobKind, PortwrightError } from "../protocol/index.ts";
import { everyItem } from "../store/pages.ts";
import type { Store } from "../store/types.ts";
import type { JobQueue } from "./types.ts";

const nextStage: Partial<Record<Case["state"], JobKind>> = {
  open: "triage",
  triaged: "patch",
  proving: "verify",
};

export interface AutomationOptions {
  store: Store;
  queue: JobQueue;
  /** Whether cases of this target can be repaired here: imported logs and unknown trees cannot. */
  repairable: (subject: Case) => boolean;
  log: (level: "info" | "error", text: string, cause?: unknown) => void;
  now: () => number;
  /** Between looks for snoozes that are over, in milliseconds. */
  wakeEvery?: number;
}

/**
 * Queues the next stage as cases change. What was missed is found by a sweep: at start what a server that ended
 * between two stages left, and after a full queue what found no place, as soon as there is room. A hidden case waits until
 * it is shown again.
 */
export function automate(options: AutomationOptions): Disposable {
  const { store, queue, repairable, log, now, wakeEvery = 30_000 } = options;
  /** When each case that only time keeps waiting is shown again. */
  const snoozed = new Map<string, number>();
  let missed = false;
  const consider = (subject: Case) => {
    snoozed.delete(subject.id);
    const kind = nextStage[subject.state];
    if (kind === undefined || (kind !== "triage" && !repairable(subject))) return;
    if (kind === "patch" && subject.decision?.tier !== "AUTO" && !subject.decision?.rebuild) return;
    if (isHidden(subject, now())) {
      if (!subject.ignored) snoozed.set(subject.id, subject.snoozedUntil ?? 0);
      return;
    }
    try {
      queue.enqueue({ kind, caseId: subject.id, requestedBy: "automation" });
    } catch (error) {
      if (!(error instanceof PortwrightError)) throw error;
      if (error.kind === "queueFull") missed = true;
      log("error", `${subject.origin}: ${kind} not queued`, error);
    }
  };
  const sweep = () => {
    missed = false;
    for (const state of Object.keys(nextStage) as Case["state"][])
      for (const subject of everyItem((page) => store.cases({ state }, page))) {
        consider(subject);
        if (missed) return;
      }
  };
  sweep();
  const waking = setInterval(() => {
    for (const [id, until] of snoozed) {
      const subject = until <= now() ? store.case(id) : null;
      if (subject !== null) consider(subject);
    }
  }, wakeEvery);
  waking.unref();
  const listening = store.onAppend((events) => {
    // Only the newest state counts: an older one in the same batch is already history.
    const newest = new Map<string, Case>();
    for (const event of events)
      if (event.type === "case/changed") newest.set(event.payload.id, event.payload);
    for (const subject of newest.values()) consider(subject);
    const room = events.some((event) => event.type === "job/changed" && event.payload.endedAt !== null);
    if (missed && room) sweep();
  });
  return {
    [Symbol.dispose]() {
      clearInterval(waking);
      listening[Symbol.dispose]();
    },
  };
}
