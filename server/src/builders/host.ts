import { checkOutcome } from "./driver.ts";
import { withComposedInput } from "./guard.ts";
import { ownLog, toldLog } from "./keeping.ts";
import { logName } from "./phases.ts";
import type { Builder, BuilderDriver, BuildOrder, BuildRequest, BuildResult } from "./types.ts";

/** A builder as the rest of the server uses it; `framework` runs the builds that `driver` cannot end early. */
export function hostBuilder(driver: BuilderDriver, framework: BuilderDriver): Builder {
  const chosen = ({ until }: BuildOrder) =>
    until === undefined || until === "package" || driver.endsEarly ? driver : framework;
  return {
    name: driver.name,
    programs: driver.programs ?? [],
    plan: (order) => chosen(order).plan(order),
    versions: async (environment, signal) => (await driver.versions?.(environment, signal)) ?? {},
    build: (request) =>
      withComposedInput(request.environment, request.origin, (input) => run(chosen(request), request, input)),
  };
}

async function run(driver: BuilderDriver, request: BuildRequest, inputSha256: string): Promise<BuildResult> {
  const { environment, origin, flavor, timeoutMs } = request;
  const started = performance.now();
  const place = await environment.keepLog(logName(origin, flavor));
  const logPath = place.path;
  let lastPhase: string | null = null;
  const told = {
    phase(name: string) {
      if (name === lastPhase) return;
      lastPhase = name;
      request.onPhase?.(name);
    },
    output: (bytes: Uint8Array) => request.onOutput?.(bytes),
  };
  const keeping = driver.log ? ownLog(driver.log, request, logPath, told) : await toldLog(logPath, told);
  try {
    const outcome = checkOutcome(driver.name, await driver.build(request, keeping.stream));
    const logBytes = await keeping.finish(outcome, { origin, timeoutMs });
    await place.kept();
    const { passed, cancelled, timedOut } = outcome;
    return {
      ...{ passed, cancelled, timedOut, logPath, logBytes, inputSha256 },
      failedPhase: passed ? null : (outcome.failedPhase ?? lastPhase),
      durationMs: Math.round(performance.now() - started),
    };
  } finally {
    await keeping.close();
  }
}
