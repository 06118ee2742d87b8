import type { LiveTeller } from "../live/teller.ts";

const nothing = (): void => {};

/** Nobody looks on. */
export const silent: LiveTeller = {
  ...{ turn: nothing, delta: nothing, again: nothing, call: nothing, called: nothing, build: nothing },
  ...{ phase: nothing, output: nothing, paused: nothing, [Symbol.dispose]: nothing },
};
