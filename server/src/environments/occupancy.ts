import { EnvironmentError } from "./errors.ts";

/** Keeps what makes an environment anew apart from what runs in it. Neither waits: who comes second is refused. */
export class Occupancy {
  readonly #running = new Map<string, number>();
  readonly #changing = new Set<string>();

  /** Runs `work` beside other such work. */
  async beside<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#refuseChanging(name);
    this.#running.set(name, (this.#running.get(name) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (this.#running.get(name) ?? 1) - 1;
      if (left > 0) this.#running.set(name, left);
      else this.#running.delete(name);
    }
  }

  async alone<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#refuseChanging(name);
    if (this.#running.has(name))
      throw new EnvironmentError(
        "busy",
        `something runs in environment ${name}: end it, or wait for its end`,
      );
    this.#changing.add(name);
    try {
      return await work();
    } finally {
      this.#changing.delete(name);
    }
  }

  #refuseChanging(name: string): void {
    if (this.#changing.has(name))
      throw new EnvironmentError("busy", `environment ${name} is being made anew: try again in a moment`);
  }
}
