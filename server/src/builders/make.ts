import { defaultMake } from "../environments/host.ts";
import type { Environment } from "../environments/types.ts";
import { BuilderError } from "./errors.ts";
import type { BuilderConfig, BuildOrder } from "./types.ts";

export interface MakeOptions {
  /** BSD make; default is `bmake` on Linux and `make` on a BSD. */
  make?: string | undefined;
  operatingSystem: string;
  /** Parallel jobs of one build; the framework decides when absent. */
  jobs?: number | undefined;
}

/** `make -V` inside the environment: each variable that was asked for with its value, "" when it is not set. */
export type QueryPort = (
  environment: Environment,
  origin: string,
  flavor: string,
  variables: readonly string[],
  signal?: AbortSignal,
) => Promise<Record<string, string>>;

export function createQueryPort(builder: BuilderConfig): QueryPort {
  const options = makeOptions(builder);
  return (environment, ...rest) => queryPort(environment, options, ...rest);
}

export function makeOptions(builder: BuilderConfig): MakeOptions {
  return { make: builder.make, operatingSystem: builder.operatingSystem, jobs: builder.jobs };
}

/** Command for targets or `-V` queries of one port. */
export function makeCommand(
  options: MakeOptions,
  origin: string,
  args: readonly string[],
): [string, ...string[]] {
  return [options.make ?? defaultMake(), "-C", `/work/DPorts/${origin}`, ...args];
}

/**
 * What the ports framework reads. Passed as environment variables: on the command line they would reach
 * the makes of the software itself and, FLAVOR above all, the ports it depends on.
 */
export async function makeVariables(
  environment: Environment,
  options: MakeOptions,
  flavor: string,
): Promise<Record<string, string>> {
  // A tree that brings sys.mk brings all of make's own files; a real one relies on the system's.
  const own = (await environment.files.stat("/work/DPorts/Mk/sys.mk")) !== null;
  return {
    PORTSDIR: "/work/DPorts",
    ...(own ? { MAKESYSPATH: "/work/DPorts/Mk" } : {}),
    WRKDIRPREFIX: "/work/obj",
    DISTDIR: "/work/distfiles",
    PACKAGES: "/work/packages",
    LOCALBASE: "/usr/local",
    PORT_DBDIR: "/work/tmp/options",
    BATCH: "yes",
    OPSYS: options.operatingSystem,
    ...(options.jobs === undefined ? {} : { MAKE_JOBS_NUMBER: String(options.jobs) }),
    ...(flavor === "" ? {} : { FLAVOR: flavor }),
  };
}

const variablePattern = /^[A-Za-z_][A-Za-z0-9_.+-]{0,99}$/;
const queryTimeoutMs = 60_000;

/**
 * Values of make variables of a port, evaluated inside the environment; "" for one that is not set.
 * Throws BuilderError `query` when make cannot read the port.
 */
export async function queryPort(
  environment: Environment,
  options: MakeOptions,
  origin: string,
  flavor: string,
  variables: readonly string[],
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const wrong = variables.find((name) => !variablePattern.test(name));
  if (wrong !== undefined)
    throw new BuilderError("query", `"${wrong.slice(0, 100)}" is no name of a make variable`);
  if (variables.length === 0) return {};
  const result = await environment.exec({
    argv: makeCommand(
      options,
      origin,
      variables.flatMap((name) => ["-V", name]),
    ),
    env: await makeVariables(environment, options, flavor),
    timeoutMs: queryTimeoutMs,
    signal,
  });
  const lines = result.output.toString("utf8").split("\n");
  if (result.exitCode !== 0 || lines.length < variables.length) {
    const said = result.timedOut ? "it took too long" : lines.join("\n").trim().slice(0, 2000);
    throw new BuilderError("query", `make cannot read ${origin}: ${said}`);
  }
  // Warnings of make come first; the values are the last lines, in order.
  const values = lines.slice(0, -1).slice(-variables.length);
  return Object.fromEntries(variables.map((name, index) => [name, values[index] ?? ""]));
}

/** Removes an older package of the port itself: it must not stand for the build that is about to start. */
export async function forgetPackage(options: MakeOptions, order: BuildOrder): Promise<void> {
  const path = await packagePath(options, order);
  if (path === null) return;
  const argv = ["rm", "-f", "--", path] as const;
  await order.environment.exec({ argv, timeoutMs: 10_000, signal: order.signal });
}

/** Whether the build left the package of the port, as a file of its own and not a link to the operator's. */
export async function hasPackage(options: MakeOptions, order: BuildOrder): Promise<boolean> {
  const path = await packagePath(options, order);
  if (path === null) return false;
  const argv = ["find", path, "-type", "f", "-size", "+0"] as const;
  const found = await order.environment.exec({ argv, timeoutMs: 10_000, signal: order.signal });
  return found.exitCode === 0 && found.output.length > 0;
}

/** null when the port names none. */
async function packagePath(options: MakeOptions, order: BuildOrder): Promise<string | null> {
  const { environment, origin, flavor, signal } = order;
  const { PKGFILE } = await queryPort(environment, options, origin, flavor, ["PKGFILE"], signal).catch(
    (error: unknown) => {
      // A Makefile that make cannot read fails in its first phase, with a log that says why.
      if (error instanceof BuilderError) return { PKGFILE: "" };
      throw error;
    },
  );
  const file = PKGFILE?.split("/").at(-1);
  return file ? `/work/packages/All/${file}` : null;
}
