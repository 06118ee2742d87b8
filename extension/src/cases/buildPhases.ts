/** Phases kept of one running attempt; builds repeat, and only the newest are shown. */
const keptPhases = 200;
/** Attempts that run at one time are fewer; of some the end may never be told. */
const keptAttempts = 100;

/** A phase that a build went through, and when it began. */
export interface PhaseStart {
  phase: string;
  at: number;
}

/** By attempt, until it ends or is proved: the phases that its builds, and its proof's, went through. */
export class BuildPhases {
  readonly #phases = new Map<string, PhaseStart[]>();

  of(attemptId: string): readonly PhaseStart[] {
    return this.#phases.get(attemptId) ?? [];
  }

  add(attemptId: string, start: PhaseStart): void {
    const phases = this.#phases.get(attemptId) ?? [];
    phases.push(start);
    if (phases.length > keptPhases) phases.shift();
    this.#phases.set(attemptId, phases);
    const [oldest] = this.#phases.keys();
    if (this.#phases.size > keptAttempts && oldest !== undefined) this.#phases.delete(oldest);
  }

  delete(attemptId: string): void {
    this.#phases.delete(attemptId);
  }

  clear(): void {
    this.#phases.clear();
  }
}
