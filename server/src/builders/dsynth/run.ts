import type { Environment, ExecResult } from "../../environments/types.ts";
import { BuilderError } from "../errors.ts";

/** Where dsynth's own folders stand inside; all below what `clean` empties, so that each run starts afresh. */
const folders = {
  packages: "/work/packages",
  repository: "/work/packages/All",
  portsdir: "/work/DPorts",
  distfiles: "/work/distfiles",
  options: "/work/obj/dsynth/options",
  buildbase: "/work/obj/dsynth/build",
  logs: "/work/obj/dsynth/logs",
  system: "/",
};
export const dsynthLogs = folders.logs;

/** The second of the two places where dsynth looks for its configuration and hooks; there are no hooks in it. */
const configBase = "/usr/local/etc/dsynth";
const profile = "Portwright";

export interface DsynthOptions {
  dsynth: string;
  operatingSystem: string;
  jobs?: number | undefined;
}

export async function writeConfiguration(environment: Environment, options: DsynthOptions): Promise<void> {
  const ini = [
    "[Global Configuration]",
    `profile_selected= ${profile}`,
    "",
    `[${profile}]`,
    `Operating_system= ${options.operatingSystem}`,
    ...Object.entries(folders).map(([name, path]) => `Directory_${name}= ${path}`),
    "Directory_ccache= disabled",
    "Number_of_builders= 0",
    `Max_jobs_per_builder= ${options.jobs ?? 0}`,
    "Tmpfs_workdir= true",
    "Tmpfs_localbase= true",
    "Display_with_ncurses= false",
    "leverage_prebuilt= false",
    "Check_plist= true",
    "",
  ].join("\n");
  const script = 'text=$1; shift; mkdir -p "$@" && printf "%s" "$text" >"$1/dsynth.ini"';
  const made = await environment.exec({
    argv: ["/bin/sh", "-c", script, "sh", ini, configBase, folders.options, folders.buildbase, folders.logs],
    timeoutMs: 30_000,
  });
  if (made.exitCode !== 0)
    throw new BuilderError("builder", `dsynth cannot be configured in ${environment.name}: ${made.output}`);
}

type Directive = "fetch-only" | "just-build";

/** A directive on one port without questions, colours or slow start. */
export function dsynthCommand(
  { dsynth }: DsynthOptions,
  directive: Directive,
  spec: string,
): [string, ...string[]] {
  return [dsynth, "-S", "-y", "-p", profile, "-s", "0", directive, spec];
}

export function runDsynth(
  environment: Environment,
  options: DsynthOptions,
  directive: Directive,
  spec: string,
  limits: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<ExecResult> {
  return environment.exec({
    argv: dsynthCommand(options, directive, spec),
    network: directive === "fetch-only",
    ...limits,
  });
}
