import { BuilderError } from "../builders/errors.ts";
import type { BuilderDriver, BuildOrder, BuildStream } from "../builders/types.ts";
import { atOnce } from "./atOnce.ts";

/** In milliseconds. A build has the time of its order, in which it has to end by itself. */
interface PluginLimits {
  plan: number;
  versions: number;
  /** Asked a few times a second. */
  locate: number;
  /** Of `phaseOf`, for all lines of a piece of a log (256 KiB). */
  phases: number;
  /** Beyond the time of a build's order. */
  overtime: number;
  /** To end once it is told to; what runs in an environment is ended within 5 s. */
  ending: number;
}

const usualLimits: PluginLimits = {
  ...{ plan: 60_000, versions: 60_000, locate: 10_000, phases: 5000 },
  ...{ overtime: 60_000, ending: 10_000 },
};

/**
 * The driver with a time for all that it answers later: what takes longer is told to end by its signal, and given up where it
 * does not heed that. Then BuilderError is thrown, and nothing that it still tells is heard. What it answers at once is broken off.
 */
export function bounded(plugin: string, driver: BuilderDriver, limits = usualLimits): BuilderDriver {
  const { name, programs, endsEarly, log } = driver;

  async function within<T>(
    step: string,
    ms: number,
    given: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const what = `plugin ${plugin}: ${step} of builder ${name}`;
    const remedy = 'mend the plugin, or name another one in "builder" of portwright.json';
    const late = new BuilderError("builder", `${what} took longer than ${ms / 1000} s; ${remedy}`);
    const limit = new AbortController();
    const signal = given ? AbortSignal.any([given, limit.signal]) : limit.signal;
    const timer = setTimeout(() => limit.abort(late), ms);
    let ending: NodeJS.Timeout | undefined;
    let end = () => {};
    const deaf = new Promise<never>((_, reject) => {
      const said = `${what} did not end within ${limits.ending / 1000} s after it was stopped; ${remedy}`;
      end = () => {
        ending = setTimeout(() => reject(new BuilderError("builder", said)), limits.ending);
      };
    });
    if (signal.aborted) end();
    else signal.addEventListener("abort", end);
    try {
      const answer = await Promise.race([(async () => work(signal))(), deaf]);
      limit.signal.throwIfAborted();
      return answer;
    } catch (error) {
      throw limit.signal.aborted ? late : error;
    } finally {
      signal.removeEventListener("abort", end);
      clearTimeout(timer);
      clearTimeout(ending);
    }
  }

  async function build(order: BuildOrder, stream: BuildStream) {
    let isOver = false;
    const heard: BuildStream = {
      phase: (phase) => (isOver ? undefined : stream.phase(String(phase))),
      // Words are as good as their bytes.
      output: (bytes) => (isOver ? undefined : stream.output(Buffer.from(bytes))),
    };
    try {
      return await within("build", order.timeoutMs + limits.overtime, order.signal, (signal) =>
        driver.build({ ...order, signal }, heard),
      );
    } finally {
      isOver = true;
    }
  }

  const asked = atOnce(
    `plugin ${plugin}: phaseOf of builder ${name}`,
    (reading: () => unknown) => reading(),
    limits.phases,
  );
  /** Also null or false, as a test that fails leaves it, is no phase. */
  function phaseOf(line: string): string | undefined {
    const begins: unknown = log?.phaseOf?.(line);
    return typeof begins === "string" && begins !== "" ? begins : undefined;
  }
  function watch<T>(reading: () => T): T {
    try {
      return asked(reading) as T;
    } catch (error) {
      throw new BuilderError("builder", error instanceof Error ? error.message : String(error), error);
    }
  }

  return {
    name,
    ...(programs && { programs }),
    ...(endsEarly !== undefined && { endsEarly }),
    ...(log && {
      log: {
        ...(log.phaseOf && { phaseOf, watch }),
        locate: (order) =>
          within("locate", limits.locate, order.signal, (signal) => log.locate({ ...order, signal })),
      },
    }),
    ...(driver.versions && {
      versions: (environment, given) =>
        within("versions", limits.versions, given, async (signal) => {
          return (await driver.versions?.(environment, signal)) ?? {};
        }),
    }),
    plan: (order) => within("plan", limits.plan, order.signal, (signal) => driver.plan({ ...order, signal })),
    build,
  };
}
