import { StringDecoder } from "node:string_decoder";
import { makeOptions, makeVariables } from "../../builders/make.ts";
import type { Environment } from "../../environments/types.ts";
import { PortwrightError } from "../../protocol/index.ts";
import type { Handlers } from "../context.ts";
import { refuseOfJob, withEnvironments } from "../environments.ts";
import type { Services } from "../services.ts";

type WorkMethods = "env/status" | "env/update" | "env/reset" | "env/exec" | "env/plan" | "env/shell";

/** What a person's `make` needs to build there as a builder does. */
const variablesOf = ({ config }: Services, environment: Environment) =>
  makeVariables(environment, makeOptions(config.builder), "");

export const environmentWorkHandlers: Pick<Handlers, WorkMethods> = {
  async "env/status"({ name }, context) {
    return withEnvironments(context, (environments) => environments.status(name, context.signal));
  },

  async "env/update"({ name, force }, context) {
    const { services, signal } = context;
    return withEnvironments(context, async (environments) => {
      refuseOfJob(services, name);
      const changes = await environments.update(name, { force, signal });
      return { environment: await environments.status(name, signal), changes };
    });
  },

  async "env/reset"({ name }, context) {
    return withEnvironments(context, async (environments) => {
      refuseOfJob(context.services, name);
      await environments.reset(name);
      return environments.status(name, context.signal);
    });
  },

  async "env/exec"({ name, argv, cwd = "/work", timeoutMs }, context) {
    const { services, signal } = context;
    return withEnvironments(context, async (environments) => {
      refuseOfJob(services, name);
      const environment = await environments.open(name);
      if ((await environment.files.stat(cwd))?.type !== "directory")
        throw new PortwrightError("notFound", `${cwd} is no folder in environment ${name}`);
      const decoder = new StringDecoder("utf8");
      const { exitCode, timedOut, output, truncated } = await environment.exec({
        argv: argv as [string, ...string[]],
        ...{ cwd, timeoutMs, signal },
        env: await variablesOf(services, environment),
        onOutput: (chunk) => context.output(decoder.write(Buffer.from(chunk))),
      });
      const rest = decoder.end();
      if (rest !== "") await context.output(rest);
      signal.throwIfAborted();
      return { exitCode, timedOut, output: output.toString("utf8"), truncated };
    });
  },

  async "env/plan"({ name, argv, cwd, network, platform }, context) {
    return withEnvironments(context, async (environments) => {
      const environment = await environments.open(name);
      const env = await variablesOf(context.services, environment);
      const request = { argv: argv as [string, ...string[]], env, network, ...(cwd ? { cwd } : {}) };
      return { text: await environment.plan(request, platform) };
    });
  },

  async "env/shell"({ name, term }, context) {
    const { services } = context;
    return withEnvironments(context, async (environments) => {
      refuseOfJob(services, name);
      const environment = await environments.open(name);
      const variables = await variablesOf(services, environment);
      return environment.shell({ ...variables, TERM: term, PS1: `${name}:\\w\\$ ` });
    });
  },
};
