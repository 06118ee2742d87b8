import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { makeReadableFolder } from "../../environments/readable.ts";
import type { Environment } from "../../environments/types.ts";
import { BuilderError } from "../errors.ts";

const Name = z.string().regex(/^[A-Za-z0-9_]{1,40}$/, "letters, digits and _, at most 40");
const Folder = z
  .string()
  .regex(/^\/[^'\n]*$/, "an absolute path without '")
  .max(200);

/** `builder.options.poudriere` in portwright.json. */
export const PoudriereOptions = z.strictObject({
  /** One of the operator's jails. */
  jail: Name,
  set: Name.optional(),
  program: Folder.default("/usr/local/bin/poudriere"),
  /** Folder of the operator's poudriere.conf and poudriere.d. */
  configuration: Folder.default("/usr/local/etc"),
  /** What poudriere keeps from build to build: packages of dependencies, logs, mounts. Nobody else builds there. */
  data: Folder,
});
export type PoudriereOptions = z.infer<typeof PoudriereOptions>;

/** Name of the ports tree and of the build. */
const ours = "portwright";
const inside = "/work/obj/poudriere";
const places = { etc: `${inside}/etc`, ports: `${inside}/ports` };

/** The whole command of a subcommand on our own configuration, jail and tree. */
export function poudriereCommand(
  { program, jail, set }: PoudriereOptions,
  subcommand: "ports" | "testport" | "jail",
  spec = "",
): [string, ...string[]] {
  const common = [program, "-N", "-e", places.etc, subcommand] as const;
  if (subcommand === "ports") return [...common, "-c", "-p", ours, "-m", "null", "-M", places.ports];
  const at = ["-j", jail, "-p", ours, ...(set === undefined ? [] : ["-z", set])];
  return subcommand === "jail" ? [...common, "-k", ...at] : [...common, ...at, "-B", ours, "-o", spec];
}

/** Folder with the lists and logs of our build. */
export function buildFolder({ data, jail, set }: PoudriereOptions): string {
  return join(data, "logs/bulk", [jail, ours, ...(set === undefined ? [] : [set])].join("-"), ours);
}

/**
 * Writes a configuration that is the operator's but for the data, the distfiles, the hooks and the tree, and forgets the build
 * before: poudriere would go on with one of the same name.
 */
export async function preparePlace(environment: Environment, options: PoudriereOptions): Promise<void> {
  const etc = join(await environment.hostPath("/work/obj"), "poudriere/etc");
  const distfiles = await environment.hostPath("/work/distfiles");
  const { configuration, data } = options;
  await mkdir(etc, { recursive: true });
  await makeReadableFolder(data);
  await rm(buildFolder(options), { recursive: true, force: true });
  const settings = { POUDRIERE_DATA: data, DISTFILES_CACHE: distfiles };
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'`);
  await writeFile(join(etc, "poudriere.conf"), `. '${configuration}/poudriere.conf'\n${lines.join("\n")}\n`);
  const theirs = join(configuration, "poudriere.d");
  try {
    await cp(theirs, join(etc, "poudriere.d"), {
      recursive: true,
      filter: (path) => !["hooks", "ports"].includes(basename(path)),
    });
  } catch (error) {
    throw new BuilderError("builder", `${theirs} cannot be read; see "builder.options.poudriere"`, error);
  }
}

/** A jail cannot follow the environment's links: it gets a tree of files. */
export async function copyTree(
  environment: Environment,
  limits: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<void> {
  const argv = ["cp", "-RL", "/work/DPorts/.", places.ports] as const;
  const { exitCode, timedOut, cancelled, output } = await environment.exec({ argv, ...limits });
  if (exitCode === 0 || timedOut || cancelled) return;
  throw new BuilderError(
    "builder",
    `the ports tree cannot be copied: ${output.toString("utf8").slice(-500)}`,
  );
}
