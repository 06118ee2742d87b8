import { StringDecoder } from "node:string_decoder";
import { logName } from "../../builders/phases.ts";
import type { Environment } from "../../environments/types.ts";
import { PortwrightError } from "../../protocol/index.ts";
import { parseOrigin } from "../../protocol/origin.ts";
import { buildOutput } from "../buildOutput.ts";
import type { Handlers } from "../context.ts";
import { refuseOfJob, withEnvironments } from "../environments.ts";

export const environmentBuildHandlers: Pick<Handlers, "env/build"> = {
  async "env/build"({ name, origin, flavor, use, dryRun }, context) {
    const { services, signal } = context;
    if (parseOrigin(origin) === undefined)
      throw new PortwrightError("badParams", `"${origin.slice(0, 100)}" is no category/port`);
    return withEnvironments(context, async (environments) => {
      refuseOfJob(services, name);
      const environment = await environments.open(name);
      const builder = services.builder(use);
      const timeoutMs = services.config.builder.timeoutMinutes * 60_000;
      const order = { environment, origin, flavor, timeoutMs, signal };
      if (dryRun) {
        const { steps, log } = await builder.plan(order);
        const plan = { log, steps: steps.map((step) => ({ ...step, argv: [...step.argv] })) };
        return { builder: builder.name, plan, build: null };
      }
      await environments.ready(signal);
      const skipped = await compose(environment, origin);
      const decoder = new StringDecoder("utf8");
      const output = buildOutput(context.output);
      const { passed, failedPhase, timedOut, durationMs } = await builder.build({
        ...order,
        onOutput: (chunk) => output.take(decoder.write(Buffer.from(chunk))),
      });
      output.take(decoder.end());
      await output.told();
      signal.throwIfAborted();
      const log = `/work/logs/${logName(origin, flavor)}`;
      const build = { passed, failedPhase, timedOut, durationMs, log };
      return { builder: builder.name, plan: null, build, ...(skipped.length > 0 && { skipped }) };
    });
  },
};

/** What of the overlay had no effect. Throws what a person mends before anything can be built. */
async function compose(
  environment: Environment,
  origin: string,
): Promise<Awaited<ReturnType<Environment["compose"]>>["skipped"]> {
  const { rejects, skipped } = await environment.compose(origin);
  const [reject] = rejects;
  if (reject)
    throw new PortwrightError("badState", `${origin} does not compose: ${reject.file}: ${reject.hunks}`);
  if (environment.composedInput(origin) === null)
    throw new PortwrightError(
      "badState",
      `${origin} is not built: ${skipped.map(({ why }) => why).join("; ")}`,
    );
  return skipped;
}
