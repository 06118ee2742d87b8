import { locateSource } from "../../builders/sources.ts";
import type { EnvironmentManager } from "../../environments/types.ts";
import { type EnvironmentInfo, PortwrightError } from "../../protocol/index.ts";
import type { Handlers } from "../context.ts";
import { withEnvironments } from "../environments.ts";

type FileMethods = "env/stat" | "env/readDirectory" | "env/read" | "env/source";

/** The newest one of a person on that target. Throws PortwrightError with the remedy when none can be built in. */
async function personsOwn(environments: EnvironmentManager, target: string): Promise<EnvironmentInfo> {
  const own = (await environments.list())
    .filter((info) => info.target === target && !info.ofJob)
    .sort((left, right) => right.createdAt - left.createdAt);
  const usable = own.find(({ problem }) => problem === undefined);
  if (usable) return usable;
  const [first] = own;
  throw new PortwrightError(
    "badState",
    first
      ? `in environment ${first.name} nothing can be built: ${first.problem}`
      : `no environment of ${target} is there to look into: \`portwright env create NAME --target ${target}\``,
  );
}

const absent = (name: string, path: string) =>
  new PortwrightError("notFound", `${path} is not there in environment ${name}`);

export const environmentFilesHandlers: Pick<Handlers, FileMethods> = {
  async "env/stat"({ name, path }, context) {
    return withEnvironments(context, async (environments) => {
      const found = await (await environments.open(name)).files.stat(path);
      if (found === null) throw absent(name, path);
      return found;
    });
  },

  async "env/readDirectory"({ name, path }, context) {
    return withEnvironments(context, async (environments) => {
      const { files } = await environments.open(name);
      if ((await files.stat(path)) === null) throw absent(name, path);
      return files.list(path);
    });
  },

  async "env/read"({ name, path, offset, length }, context) {
    return withEnvironments(context, async (environments) => {
      const { files } = await environments.open(name);
      if ((await files.stat(path)) === null) throw absent(name, path);
      const { data, bytes } = await files.readRange(path, offset, length);
      return { data: data.toString("base64"), bytes, eof: offset + data.length >= bytes };
    });
  },

  async "env/source"({ target, origin, flavor, path }, context) {
    const { services, signal, progress } = context;
    return withEnvironments(context, async (environments) => {
      const { name } = await personsOwn(environments, target);
      const environment = await environments.open(name);
      const request = { environment, origin, flavor, path, signal, progress };
      return { environment: name, path: await locateSource(services.config.builder, request) };
    });
  },
};
