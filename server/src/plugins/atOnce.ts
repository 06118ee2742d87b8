import { type Context, createContext, Script } from "node:vm";

const usualMs = 5000;
const call = new Script("work()");

/**
 * A function of a plugin that answers at once. One that does not (a loop, a pattern that a log leads astray) would hold up the
 * whole server: it is broken off, and refused from then on.
 */
export function atOnce<A extends unknown[], R>(
  what: string,
  work: (...given: A) => R,
  ms = usualMs,
): (...given: A) => R {
  let isBroken = false;
  // One for all calls: to make it takes longer than most of them.
  let context: Context | undefined;
  const late = (cause?: unknown) =>
    new Error(`${what} took longer than ${ms / 1000} s; mend the plugin, then restart the server`, { cause });
  return (...given) => {
    if (isBroken) throw late();
    try {
      context ??= createContext({});
      context.work = () => work(...given);
      return call.runInContext(context, { timeout: ms });
    } catch (error) {
      isBroken = isTimeout(error);
      throw isBroken ? late(error) : error;
    }
  };
}

/** It is an Error of the context that was broken off, and none of this one. */
const isTimeout = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "code" in error &&
  error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
