import { noSuchEnvironment } from "../../environments/errors.ts";
import { isOfJob } from "../../environments/jobNames.ts";
import type { EnvironmentManager } from "../../environments/types.ts";
import { type EnvironmentInfo, PortwrightError } from "../../protocol/index.ts";
import type { Handlers } from "../context.ts";
import { refuseOfJob, withEnvironments } from "../environments.ts";

async function infoOf(environments: EnvironmentManager, name: string): Promise<EnvironmentInfo> {
  const info = (await environments.list()).find((candidate) => candidate.name === name);
  if (!info) throw new PortwrightError("notFound", noSuchEnvironment(name).message);
  return info;
}

/** What a person makes. */
function orderOf<O extends { name: string; target?: string | undefined }>(order: O): O & { target: string } {
  if (isOfJob(order.name))
    throw new PortwrightError("badParams", `${order.name}: such names are for jobs; take another one`);
  return { ...order, target: order.target ?? "manual" };
}

type EnvironmentMethods = "env/list" | "env/create" | "env/preview" | "env/destroy" | "env/doctor";

export const environmentHandlers: Pick<Handlers, EnvironmentMethods> = {
  async "env/list"(_params, context) {
    if (context.services.environments === null) return { environments: [] };
    return withEnvironments(context, async (environments) => ({ environments: await environments.list() }));
  },

  async "env/create"(params, context) {
    const order = { ...orderOf(params), signal: context.signal };
    return withEnvironments(context, async (environments) => {
      await environments.create(order);
      return infoOf(environments, order.name);
    });
  },

  async "env/preview"(params, context) {
    const order = { ...orderOf(params), signal: context.signal };
    return withEnvironments(context, (environments) => environments.preview(order));
  },

  async "env/destroy"({ name }, context) {
    return withEnvironments(context, async (environments) => {
      await infoOf(environments, name);
      refuseOfJob(context.services, name);
      await environments.destroy(name);
      return {};
    });
  },

  async "env/doctor"({ fix }, context) {
    const { environments, checkMachine } = context.services;
    if (environments === null) return { checks: await checkMachine(context.signal) };
    return withEnvironments(context, async (environments) => {
      const cleared = fix ? await environments.clearLeftovers() : undefined;
      return { checks: await environments.doctor(context.signal), ...(cleared ? { cleared } : {}) };
    });
  },
};
