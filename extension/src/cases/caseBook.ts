import type { Case, StoredEvent } from "@portwright/server/protocol";
import type { Call } from "../connection/client.ts";
import { Emitter } from "../emitter.ts";
import { needsPerson } from "./actions.ts";

const pageSize = 500;
/** Phases kept of one running attempt; builds repeat, and only the newest are shown. */
const keptPhases = 200;

/** A phase that a build went through, and when it began. */
interface PhaseStart {
  phase: string;
  at: number;
}

/** `all` after a snapshot, else the ids of the cases about which something was said. */
export type CaseBookChange = "all" | ReadonlySet<string>;

/** The cases that still fail, kept current by the server's events. */
export class CaseBook {
  readonly #cases = new Map<string, Case>();
  /** Sorted anew after each change, when somebody asks. */
  #sorted: readonly Case[] | null = null;
  /** By attempt, until it ends or is proved: the phases that its builds, and its proof's, went through. */
  readonly #phases = new Map<string, PhaseStart[]>();
  readonly #changes = new Emitter<CaseBookChange>();
  readonly onChange = this.#changes.on;

  /** By target, then what needs a person, then origin. */
  list(): readonly Case[] {
    this.#sorted ??= [...this.#cases.values()].sort(
      (a, b) =>
        compare(a.target, b.target) ||
        Number(needsPerson(b)) - Number(needsPerson(a)) ||
        compare(a.origin, b.origin) ||
        compare(a.flavor, b.flavor),
    );
    return this.#sorted;
  }

  get(id: string): Case | undefined {
    return this.#cases.get(id);
  }

  phasesOf(attemptId: string): readonly PhaseStart[] {
    return this.#phases.get(attemptId) ?? [];
  }

  async load(call: Call): Promise<void> {
    const cases: Case[] = [];
    for (let cursor: string | undefined | null; cursor !== null; ) {
      const page: { cases: Case[]; nextCursor: string | null } = await call("cases/list", {
        limit: pageSize,
        ...(cursor && { cursor }),
      });
      cases.push(...page.cases);
      cursor = page.nextCursor;
    }
    this.#replace(cases);
  }

  apply(events: readonly StoredEvent[]): void {
    const changed = new Set<string>();
    for (const event of events) for (const id of this.#applyOne(event)) changed.add(id);
    if (changed.size > 0) this.#changes.fire(changed);
  }

  clear(): void {
    this.#replace([]);
  }

  #replace(cases: readonly Case[]): void {
    this.#cases.clear();
    this.#phases.clear();
    this.#sorted = null;
    for (const subject of cases) this.#put(subject);
    this.#changes.fire("all");
  }

  #put(subject: Case): void {
    this.#sorted = null;
    if (subject.state === "closed") this.#cases.delete(subject.id);
    else this.#cases.set(subject.id, subject);
  }

  /** Ids of the cases that the event is about. */
  #applyOne({ type, payload, at }: StoredEvent): string[] {
    switch (type) {
      case "case/changed":
        this.#put(payload);
        return [payload.id];
      case "build/phase": {
        const phases = this.#phases.get(payload.attemptId) ?? [];
        this.#phases.set(payload.attemptId, [...phases, { phase: payload.phase, at }].slice(-keptPhases));
        return [payload.caseId];
      }
      case "attempt/changed":
        // One that is fixed goes on to its proof, whose builds carry its name.
        if (payload.endedAt !== null && payload.outcome !== "fixed") this.#phases.delete(payload.id);
        return [payload.caseId];
      case "proof/recorded":
        this.#phases.delete(payload.attemptId);
        return [payload.caseId];
      case "job/changed":
        return [payload.caseId];
      default:
        return [];
    }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
