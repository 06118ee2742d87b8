import { join } from "node:path";
import { defaultMake } from "../environments/host.ts";
import type { ExecResult } from "../environments/types.ts";
import { packDependencies, prefetch } from "./dependencies.ts";
import { BuilderError } from "./errors.ts";
import { withComposedInput } from "./guard.ts";
import { BuildLog } from "./log.ts";
import { forgetPackage, hasPackage, type MakeOptions, makeCommand, makeVariables } from "./make.ts";
import { logName, phases } from "./phases.ts";
import type { Builder, BuildRequest, BuildResult } from "./types.ts";

const maxLogBytes = 512 * 1024 * 1024;
/** Output that exec keeps beside the log; nothing reads it. */
const keptBytes = 1024;

/** Builds with the ports framework alone: one `make PHASE` after another. */
export function createBsdMakeBuilder(options: MakeOptions): Builder {
  return {
    name: "bsd-make",
    async versions(environment, signal) {
      const make = options.make ?? defaultMake();
      const argv = [make, "-f", "/dev/null", "-V", "MAKE_VERSION"] as const;
      const said = await environment.exec({ argv, timeoutMs: 10_000, signal });
      return { [make]: said.exitCode === 0 ? said.output.toString("utf8").trim().slice(0, 200) : "" };
    },
    build: (request) =>
      withComposedInput(request.environment, request.origin, (input) => build(options, request, input)),
  };
}

async function build(options: MakeOptions, request: BuildRequest, inputSha256: string): Promise<BuildResult> {
  const { environment, origin, flavor, signal } = request;
  const started = performance.now();
  const spent = () => Math.round(performance.now() - started);
  const left = () => Math.max(1, request.timeoutMs - spent());
  const wanted = phasesUntil(request.until);
  const env = await makeVariables(environment, options, flavor);
  if (request.resume !== true) {
    await packDependencies(environment, options, { origin, env, timeoutMs: left(), signal });
    await environment.clean();
    await forgetPackage(options, request);
  }

  const logPath = join(await environment.hostPath("/work/logs"), logName(origin, flavor));
  const log = await BuildLog.create(logPath, maxLogBytes);
  let failedPhase: string | null = null;
  let last: ExecResult | null = null;
  try {
    for (const phase of wanted) {
      await prefetch(environment, options, phase, { origin, env, timeoutMs: left(), signal });
      request.onPhase?.(phase);
      log.begin(phase);
      last = await environment.exec({
        argv: makeCommand(options, origin, [phase]),
        env,
        timeoutMs: left(),
        network: phase === "fetch",
        signal,
        onOutput: (chunk) => {
          log.output(chunk);
          request.onOutput?.(chunk);
        },
        maxOutputBytes: keptBytes,
      });
      if (last.timedOut) log.watchdog(origin, phase, Math.round(request.timeoutMs / 60_000));
      let passed = last.exitCode === 0;
      // A Makefile can have every phase end well and do nothing; what a build is for must be there.
      if (passed && phase === "package" && !(await hasPackage(options, request))) {
        log.output(Buffer.from(`===>  ${origin} left no package, though every phase ended well\n`));
        passed = false;
      }
      log.end(passed ? "SUCCEEDED" : "FAILED", last.durationMs);
      if (phase === "package") log.total(spent());
      else log.blank();
      if (passed) continue;
      failedPhase = phase;
      break;
    }
  } finally {
    await log.close();
  }
  return {
    passed: failedPhase === null,
    failedPhase,
    cancelled: last?.cancelled ?? false,
    timedOut: last?.timedOut ?? false,
    logPath,
    logBytes: log.bytes,
    inputSha256,
    durationMs: spent(),
  };
}

function phasesUntil(until: string | undefined): readonly string[] {
  if (until === undefined) return phases;
  const end = (phases as readonly string[]).indexOf(until);
  if (end < 0) throw new BuilderError("builder", `"${until}" is no phase; phases are ${phases.join(", ")}`);
  return phases.slice(0, end + 1);
}
