import { defaultMake } from "../environments/host.ts";
import type { Environment, ExecResult } from "../environments/types.ts";
import { packDependencies, prefetch } from "./dependencies.ts";
import { BuilderError } from "./errors.ts";
import { forgetPackage, hasPackage, type MakeOptions, makeCommand, makeVariables } from "./make.ts";
import { logName, phases } from "./phases.ts";
import type { BuilderDriver, BuildOrder, BuildOutcome, BuildStream } from "./types.ts";

/** Output that exec keeps beside the log; nothing reads it. */
const keptBytes = 1024;

/** Builds with the ports framework alone: one `make PHASE` after another. */
export function createBsdMake(options: MakeOptions): BuilderDriver {
  return {
    name: "bsd-make",
    endsEarly: true,
    plan: async ({ origin, flavor, until }) => ({
      steps: phasesUntil(until).map((phase) => ({
        argv: makeCommand(options, origin, [phase]),
        network: phase === "fetch",
      })),
      log: `/work/logs/${logName(origin, flavor)}`,
    }),
    versions: (environment, signal) => makeVersion(options, environment, signal),
    build: (order, stream) => build(options, order, stream),
  };
}

async function build(options: MakeOptions, order: BuildOrder, stream: BuildStream): Promise<BuildOutcome> {
  const { environment, origin, flavor, signal } = order;
  const started = performance.now();
  const left = () => Math.max(1, order.timeoutMs - Math.round(performance.now() - started));
  const checks = order.checks ?? [];
  const wanted = [...phasesUntil(order.until), ...checks];
  const env = await makeVariables(environment, options, flavor);
  if (order.resume !== true) {
    await packDependencies(environment, options, { origin, env, timeoutMs: left(), signal });
    await environment.clean();
    await forgetPackage(options, order);
  }

  let last: ExecResult | null = null;
  for (const phase of wanted) {
    await prefetch(environment, options, phase, { origin, env, timeoutMs: left(), signal });
    stream.phase(phase);
    last = await environment.exec({
      argv: makeCommand(options, origin, [phase]),
      env: checks.includes(phase) ? { ...env, DEVELOPER: "yes" } : env,
      timeoutMs: left(),
      network: phase === "fetch",
      signal,
      onOutput: stream.output,
      maxOutputBytes: keptBytes,
    });
    let passed = last.exitCode === 0;
    // A Makefile can have every phase end well and do nothing; what a build is for must be there.
    if (passed && phase === "package" && !(await hasPackage(options, order))) {
      stream.output(Buffer.from(`===>  ${origin} left no package, though every phase ended well\n`));
      passed = false;
    }
    if (!passed) return { ...stoppedBy(last), passed: false, failedPhase: phase };
  }
  return { ...stoppedBy(last), passed: true, failedPhase: null };
}

/** For the record of a proof; "" where make does not tell. */
export async function makeVersion(
  options: MakeOptions,
  environment: Environment,
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const make = options.make ?? defaultMake();
  const argv = [make, "-f", "/dev/null", "-V", "MAKE_VERSION"] as const;
  const said = await environment.exec({ argv, timeoutMs: 10_000, signal });
  return { [make]: said.exitCode === 0 ? said.output.toString("utf8").trim().slice(0, 200) : "" };
}

const stoppedBy = (last: ExecResult | null) => ({
  cancelled: last?.cancelled ?? false,
  timedOut: last?.timedOut ?? false,
});

function phasesUntil(until: string | undefined): readonly string[] {
  if (until === undefined) return phases;
  const end = (phases as readonly string[]).indexOf(until);
  if (end < 0) throw new BuilderError("builder", `"${until}" is no phase; phases are ${phases.join(", ")}`);
  return phases.slice(0, end + 1);
}
