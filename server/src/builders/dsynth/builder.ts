import { portKey } from "../../evidence/results/types.ts";
import { makeVersion } from "../bsdMake.ts";
import { BuilderError } from "../errors.ts";
import { forgetPackage, type MakeOptions, makeOptions, queryPort } from "../make.ts";
import { logName } from "../phases.ts";
import type { BuilderConfig, BuilderDriver, BuildOrder, BuildOutcome } from "../types.ts";
import { readOutcome } from "./outcome.ts";
import { type DsynthOptions, dsynthCommand, dsynthLogs, runDsynth, writeConfiguration } from "./run.ts";

type Options = DsynthOptions & MakeOptions;

/** What a second dsynth on the same folders says, before it ends with status 1. */
const busy = /Another dsynth is using/;

/**
 * Builds with dsynth, which reads its configuration and hooks from fixed places of the system: only an
 * environment with a file system of its own can keep the operator's apart. dsynth builds whole ports.
 */
export function createDsynth(config: BuilderConfig): BuilderDriver {
  const options = { ...makeOptions(config), dsynth: config.dsynth };
  return {
    name: "dsynth",
    programs: [{ name: "dsynth", command: config.dsynth, setting: "builder.dsynth" }],
    log: { locate },
    async versions(environment, signal) {
      const argv = [config.dsynth, "version"] as const;
      const said = await environment.exec({ argv, timeoutMs: 10_000, signal });
      const [first = ""] = said.exitCode === 0 ? said.output.toString("utf8").trim().split("\n") : [];
      return { ...(await makeVersion(options, environment, signal)), dsynth: first.slice(0, 200) };
    },
    async plan(order) {
      refusePlain(order);
      const directives = ["fetch-only", "just-build"] as const;
      const steps = directives.map((directive) => ({
        argv: dsynthCommand(options, directive, portKey(order.origin, order.flavor)),
        network: directive === "fetch-only",
      }));
      return { steps, log: logOf(order) };
    },
    async build(order) {
      refusePlain(order);
      return build(options, order);
    },
  };
}

const logOf = ({ origin, flavor }: BuildOrder) => `${dsynthLogs}/${logName(origin, flavor)}`;

/** Of a port with flavors that was asked for without one there is the log of the flavor that was built. */
async function locate(order: BuildOrder): Promise<string> {
  const { files } = order.environment;
  const path = logOf(order);
  if (order.flavor !== "" || (await files.stat(path)) !== null) return path;
  const { entries } = await files.list(dsynthLogs);
  const flavored = entries.find((name) => name.startsWith(`${logName(order.origin, "").slice(0, -4)}@`));
  return flavored === undefined ? path : `${dsynthLogs}/${flavored}`;
}

function refusePlain({ environment }: BuildOrder): void {
  if (environment.kind !== "plain") return;
  throw new BuilderError(
    "builder",
    "builder dsynth needs environments of kind bwrap: in a plain one dsynth would use the system's own configuration and hooks; configure builder bsd-make",
  );
}

async function build(options: Options, order: BuildOrder): Promise<BuildOutcome> {
  const { environment, origin, signal } = order;
  const started = performance.now();
  const left = () => Math.max(1, Math.round(order.timeoutMs - (performance.now() - started)));
  await refuseLocked(order);
  await environment.clean();
  const flavor = order.flavor || (await defaultFlavor(options, order));
  const spec = portKey(origin, flavor);
  await forgetPackage(options, order);
  await writeConfiguration(environment, options);
  // What is missing is fetched first; the build itself has no network. A failed fetch shows in the build.
  await runDsynth(environment, options, "fetch-only", spec, { timeoutMs: left(), signal });
  const run = await runDsynth(environment, options, "just-build", spec, { timeoutMs: left(), signal });

  const outcome = await readOutcome(environment, origin, flavor);
  const { cancelled, timedOut } = run;
  if (outcome !== null) return { ...outcome, cancelled, timedOut };
  if (cancelled || timedOut) return { passed: false, failedPhase: null, cancelled, timedOut };
  const said = run.output.toString("utf8").trim().slice(-2000);
  if (busy.test(said)) throw new BuilderError("busy", busyIn(order));
  throw new BuilderError("builder", `dsynth said nothing about ${spec}: ${said}`);
}

const busyIn = ({ environment }: BuildOrder) =>
  `a dsynth runs in environment ${environment.name} already: wait for its end`;

/** Its folders must not be emptied under one that a person started there. */
async function refuseLocked(order: BuildOrder): Promise<void> {
  const { environment } = order;
  const lock = `${dsynthLogs}/stats/monitor.lk`;
  if ((await environment.files.stat(lock))?.type !== "file") return;
  if (await environment.files.isLocked(lock)) throw new BuilderError("busy", busyIn(order));
}

/** dsynth takes an unflavored name of a port with flavors for all of them; the framework for the first one. */
async function defaultFlavor(options: MakeOptions, order: BuildOrder): Promise<string> {
  const { environment, origin, signal } = order;
  try {
    const { FLAVORS = "" } = await queryPort(environment, options, origin, "", ["FLAVORS"], signal);
    return FLAVORS.trim().split(/\s+/)[0] ?? "";
  } catch (error) {
    // What make cannot read, dsynth cannot either, and says so better.
    if (error instanceof BuilderError) return "";
    throw error;
  }
}
