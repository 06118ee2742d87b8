import { EnvironmentError, type EnvironmentErrorReason } from "../../environments/errors.ts";
import type { EnvironmentManager } from "../../environments/types.ts";
import { type EnvironmentInfo, type ErrorName, PortwrightError } from "../../protocol/index.ts";
import type { Handlers, RequestContext } from "../context.ts";
import type { Services } from "../services.ts";

/** Throws PortwrightError environment where nothing can be built. */
export function requireEnvironments({ environments }: Services): EnvironmentManager {
  if (environments) return environments;
  throw new PortwrightError(
    "environment",
    "no trees are configured: `portwright init` writes them to portwright.json, then restart the server",
  );
}

const kinds: Partial<Record<EnvironmentErrorReason, ErrorName>> = {
  "not-found": "notFound",
  exists: "badState",
  path: "badParams",
};

/** The manager's failures speak to an operator (trees, isolation, disk), so their words are passed on. */
async function withEnvironments<T>(
  { services }: RequestContext,
  act: (environments: EnvironmentManager) => Promise<T>,
): Promise<T> {
  const environments = requireEnvironments(services);
  try {
    return await act(environments);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    throw new PortwrightError(kinds[error.reason] ?? "environment", error.message, error);
  }
}

async function infoOf(environments: EnvironmentManager, name: string): Promise<EnvironmentInfo> {
  const info = (await environments.list()).find((candidate) => candidate.name === name);
  if (!info) throw new PortwrightError("notFound", `there is no environment ${name}`);
  return info;
}

type EnvironmentMethods = "env/list" | "env/create" | "env/destroy" | "env/doctor";

export const environmentHandlers: Pick<Handlers, EnvironmentMethods> = {
  async "env/list"(_params, { services }) {
    return { environments: (await services.environments?.list()) ?? [] };
  },

  async "env/create"({ name, target }, context) {
    return withEnvironments(context, async (environments) => {
      await environments.create({ name, target: target ?? "manual", signal: context.signal });
      return infoOf(environments, name);
    });
  },

  async "env/destroy"({ name }, context) {
    return withEnvironments(context, async (environments) => {
      await infoOf(environments, name);
      await environments.destroy(name);
      return {};
    });
  },

  async "env/doctor"(_params, context) {
    return withEnvironments(context, async (environments) => ({
      checks: await environments.doctor(context.signal),
    }));
  },
};
