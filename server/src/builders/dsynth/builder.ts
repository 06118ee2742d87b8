import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ServerConfig } from "../../config/config.ts";
import type { Environment } from "../../environments/types.ts";
import { createBsdMakeBuilder } from "../bsdMake.ts";
import { BuilderError } from "../errors.ts";
import { withComposedInput } from "../guard.ts";
import { BuildLog } from "../log.ts";
import { forgetPackage, type MakeOptions, makeOptions, queryPort } from "../make.ts";
import { logName } from "../phases.ts";
import type { Builder, BuildRequest, BuildResult } from "../types.ts";
import { followLog } from "./follow.ts";
import { findOutcome, type PortOutcome } from "./lists.ts";
import { type DsynthOptions, dsynthLogs, runDsynth, writeConfiguration } from "./run.ts";

const maxListBytes = 8 * 1024 * 1024;
const maxLogBytes = 512 * 1024 * 1024;

/**
 * Builds with dsynth, which reads its configuration and hooks from fixed places of the system: only an
 * environment with a file system of its own can keep the operator's apart. dsynth builds whole ports; a
 * build that is to end at an earlier phase is run by the framework alone.
 */
export function createDsynthBuilder(config: ServerConfig["builder"]): Builder {
  const partial = createBsdMakeBuilder(makeOptions(config));
  return {
    name: "dsynth",
    async versions(environment, signal) {
      const argv = [config.dsynth, "version"] as const;
      const said = await environment.exec({ argv, timeoutMs: 10_000, signal });
      const [first = ""] = said.exitCode === 0 ? said.output.toString("utf8").trim().split("\n") : [];
      return { ...(await partial.versions?.(environment, signal)), dsynth: first.slice(0, 200) };
    },
    async build(request) {
      if (request.environment.kind === "plain")
        throw new BuilderError(
          "builder",
          "builder dsynth needs environments of kind bwrap: in a plain one dsynth would use the system's own configuration and hooks; configure builder bsd-make",
        );
      if (request.until !== undefined && request.until !== "package") return partial.build(request);
      return withComposedInput(request.environment, request.origin, (input) =>
        build({ ...makeOptions(config), dsynth: config.dsynth }, request, input),
      );
    },
  };
}

async function build(
  options: DsynthOptions & MakeOptions,
  request: BuildRequest,
  inputSha256: string,
): Promise<BuildResult> {
  const { environment, origin, signal } = request;
  const started = performance.now();
  const left = () => Math.max(1, Math.round(request.timeoutMs - (performance.now() - started)));
  await environment.clean();
  const flavor = request.flavor || (await defaultFlavor(options, request));
  const spec = flavor === "" ? origin : `${origin}@${flavor}`;
  await forgetPackage(options, request);
  await writeConfiguration(environment, options);
  // What is missing is fetched first; the build itself has no network. A failed fetch shows in the build.
  await runDsynth(environment, options, "fetch-only", spec, { timeoutMs: left(), signal });

  const log = `${dsynthLogs}/${logName(origin, flavor)}`;
  if ((await environment.files.stat(log)) !== null) await environment.files.remove(log);
  let lastPhase: string | null = null;
  const following = followLog(environment, log, {
    onPhase(phase) {
      lastPhase = phase;
      request.onPhase?.(phase);
    },
    onOutput: request.onOutput,
  });
  const building = runDsynth(environment, options, "just-build", spec, { timeoutMs: left(), signal });
  const run = await building.finally(() => following.end());
  const outcome = findOutcome(await readLists(environment), spec);
  const stopped = run.cancelled || run.timedOut;
  if (outcome === null && !stopped) {
    const said = run.output.toString("utf8").trim().slice(-2000);
    throw new BuilderError("builder", `dsynth said nothing about ${spec}: ${said}`);
  }
  const kept = await keepLog(environment, request, log, outcome);
  return {
    passed: outcome?.kind === "built",
    failedPhase: failedPhase(outcome, lastPhase),
    cancelled: run.cancelled,
    timedOut: run.timedOut,
    logPath: kept.path,
    logBytes: kept.bytes,
    inputSha256,
    durationMs: Math.round(performance.now() - started),
  };
}

/** dsynth takes an unflavored name of a port with flavors for all of them; the framework for the first one. */
async function defaultFlavor(options: MakeOptions, request: BuildRequest): Promise<string> {
  const { environment, origin, signal } = request;
  try {
    const { FLAVORS = "" } = await queryPort(environment, options, origin, "", ["FLAVORS"], signal);
    return FLAVORS.trim().split(/\s+/)[0] ?? "";
  } catch (error) {
    // What make cannot read, dsynth cannot either, and says so better.
    if (error instanceof BuilderError) return "";
    throw error;
  }
}

async function readLists(environment: Environment) {
  const read = async (name: string) => {
    const path = `${dsynthLogs}/${name}`;
    if ((await environment.files.stat(path)) === null) return "";
    return (await environment.files.read(path, maxListBytes)).toString("latin1");
  };
  return {
    success: await read("01_success_list.log"),
    failure: await read("02_failure_list.log"),
    ignored: await read("03_ignored_list.log"),
    skipped: await read("04_skipped_list.log"),
  };
}

function failedPhase(outcome: PortOutcome | null, lastPhase: string | null): string | null {
  if (outcome?.kind === "built") return null;
  if (outcome?.kind === "failed") return outcome.phase || lastPhase;
  if (outcome?.kind === "ignored") return "check-sanity";
  if (outcome?.kind === "skipped") return "build-depends";
  return lastPhase;
}

/** Copies the log to the folder of logs; ignored and skipped ports have none and get one that says why. */
async function keepLog(
  environment: Environment,
  request: BuildRequest,
  log: string,
  outcome: PortOutcome | null,
): Promise<{ path: string; bytes: number }> {
  const path = join(await environment.hostPath("/work/logs"), logName(request.origin, request.flavor));
  const isLog = (await environment.files.stat(log))?.type === "file";
  if (outcome?.kind !== "ignored" && outcome?.kind !== "skipped" && isLog) {
    const source = createReadStream(await environment.hostPath(log), { end: maxLogBytes - 1 });
    await pipeline(source, createWriteStream(path));
    return { path, bytes: source.bytesRead };
  }
  const target = await BuildLog.create(path, maxLogBytes);
  if (outcome?.kind === "ignored" || outcome?.kind === "skipped") {
    target.begin(outcome.kind === "ignored" ? "check-sanity" : "build-depends");
    target.output(Buffer.from(`===>  ${request.origin} ${outcome.kind} due to ${outcome.reason}\n`));
    target.end("FAILED", 0);
  }
  await target.close();
  return { path, bytes: target.bytes };
}
