import type { ExecResult } from "../../environments/types.ts";
import { portKey } from "../../evidence/results/types.ts";
import { announcedPhase, bannerPhase } from "../../protocol/logPhases.ts";
import { BuilderError } from "../errors.ts";
import { HeadingFinder } from "../headings.ts";
import { logName } from "../phases.ts";
import type { BuilderDriver, BuilderFactory, BuildOrder, BuildOutcome, BuildStream } from "../types.ts";
import { readOutcome } from "./outcome.ts";
import { buildFolder, copyTree, PoudriereOptions, poudriereCommand, preparePlace } from "./place.ts";
import { inTurn } from "./turns.ts";

/** What testport checks after `stage`, without a heading of its own. */
const unheaded = ["stage-qa", "check-plist"];
const versionMs = 10_000;
/** Unmounting what a stopped build left mounted. */
const stopMs = 120_000;

/** Builds with `poudriere testport`. It makes its own jails, so that only an environment without walls of its own can hold it. */
export const createPoudriere: BuilderFactory = (_config, given): BuilderDriver => {
  const options = PoudriereOptions.parse(given ?? {});
  const { program } = options;
  return {
    name: "poudriere",
    programs: [{ name: "poudriere", command: program, setting: "builder.options.poudriere.program" }],
    async versions(environment, signal) {
      const said = await environment.exec({ argv: [program, "version"], timeoutMs: versionMs, signal });
      const version = said.exitCode === 0 ? said.output.toString("utf8").trim().slice(0, 200) : "";
      return { poudriere: version };
    },
    async plan(order) {
      refuseWalls(order);
      const spec = portKey(order.origin, order.flavor);
      const steps = [poudriereCommand(options, "ports"), poudriereCommand(options, "testport", spec)];
      return {
        steps: steps.map((argv, index) => ({ argv, network: index === 1 })),
        log: `/work/logs/${logName(order.origin, order.flavor)}`,
      };
    },
    async build(order, stream) {
      refuseWalls(order);
      const outcome = await inTurn(options.data, order.signal, () => build(options, order, stream));
      return outcome ?? { passed: false, failedPhase: null, cancelled: true, timedOut: false };
    },
  };
};

function refuseWalls({ environment }: BuildOrder): void {
  if (environment.kind === "plain") return;
  throw new BuilderError(
    "builder",
    `builder poudriere needs environments of kind plain: it makes jails and mounts, which one of kind ${environment.kind} forbids`,
  );
}

async function build(
  options: PoudriereOptions,
  order: BuildOrder,
  stream: BuildStream,
): Promise<BuildOutcome> {
  const { environment, origin, flavor, signal } = order;
  const started = performance.now();
  const limits = () => ({
    timeoutMs: Math.max(1, Math.round(order.timeoutMs - (performance.now() - started))),
    signal,
  });
  await environment.clean();
  await preparePlace(environment, options);
  await copyTree(environment, limits());
  const added = await environment.exec({ argv: poudriereCommand(options, "ports"), ...limits() });
  if (!isStopped(added) && added.exitCode !== 0) throw refusal(options, added, "takes no ports tree");

  const run = await testport(options, order, stream, limits());
  const { cancelled, timedOut } = run;
  if (isStopped(run)) await environment.exec({ argv: poudriereCommand(options, "jail"), timeoutMs: stopMs });
  const outcome = await readOutcome(buildFolder(options), origin, flavor, run.exitCode === 0);
  if (outcome !== null) return { ...outcome, cancelled, timedOut };
  if (isStopped(run)) return { passed: false, failedPhase: null, cancelled, timedOut };
  if (/Port is broken/.test(run.output.toString("latin1")))
    return {
      passed: false,
      failedPhase: "check-sanity",
      cancelled,
      timedOut,
      reason: "cannot be read by make",
    };
  throw refusal(options, run, `said nothing about ${portKey(origin, flavor)}`);
}

/** testport shows the log of the port on its output, and before it what becomes of the dependencies. */
async function testport(
  options: PoudriereOptions,
  { origin, flavor, environment }: BuildOrder,
  stream: BuildStream,
  limits: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<ExecResult> {
  const finder = new HeadingFinder(phaseOf);
  let last = "";
  const result = await environment.exec({
    argv: poudriereCommand(options, "testport", portKey(origin, flavor)),
    network: true,
    ...limits,
    onOutput(chunk) {
      for (const piece of finder.push(chunk))
        if (typeof piece !== "string") stream.output(piece);
        else if (piece !== last) {
          last = piece;
          stream.phase(piece);
        }
    },
  });
  stream.output(finder.rest());
  return result;
}

function phaseOf(line: string): string | undefined {
  const announced = announcedPhase(line);
  return bannerPhase(line) ?? (announced && unheaded.includes(announced) ? announced : undefined);
}

const isStopped = ({ cancelled, timedOut }: ExecResult) => cancelled || timedOut;

function refusal({ jail, data }: PoudriereOptions, { output }: ExecResult, what: string): BuilderError {
  const said = output.toString("utf8").trim().slice(-2000);
  if (!/already running/.test(said)) return new BuilderError("builder", `poudriere ${what}: ${said}`);
  return new BuilderError(
    "busy",
    `another poudriere builds in ${data}; one that a killed server left is stopped by \`poudriere jail -k -j ${jail} -p portwright\` with POUDRIERE_DATA=${data} in its poudriere.conf: ${said}`,
  );
}
