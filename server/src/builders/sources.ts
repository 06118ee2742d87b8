import { posix } from "node:path";
import { EnvironmentError } from "../environments/errors.ts";
import type { Environment } from "../environments/types.ts";
import { parseOrigin } from "../protocol/origin.ts";
import { BuilderError } from "./errors.ts";
import { commonTail, isOfPort, placesOf, type SourceFolders } from "./logPath.ts";
import { makeOptions, queryPort } from "./make.ts";
import { logName } from "./phases.ts";
import { createBuilder } from "./registry.ts";
import type { BuilderConfig } from "./types.ts";

interface SourceRequest {
  environment: Environment;
  origin: string;
  flavor: string;
  /** As a build log names it. */
  path: string;
  signal: AbortSignal;
  progress: (text: string) => void;
}

const shownMatches = 5;
const findTimeoutMs = 60_000;
const quotedBytes = 1000;
/** Environments in which sources are being looked up; what comes meanwhile waits. */
const lookups = new Map<string, Promise<unknown>>();

/**
 * Where a path of a port's build log lies in an environment. The port is composed, extracted and patched there when
 * it is not yet; what a person did in its work folder stays. Throws BuilderError `source` when it is not found.
 */
export function locateSource(config: BuilderConfig, request: SourceRequest): Promise<string> {
  const { root } = request.environment;
  const before = lookups.get(root) ?? Promise.resolve();
  // Whoever asked before hears of what became of his own.
  const lookup = before.catch(() => undefined).then(() => locate(config, request));
  lookups.set(root, lookup);
  return lookup.finally(() => {
    if (lookups.get(root) === lookup) lookups.delete(root);
  });
}

async function locate(config: BuilderConfig, request: SourceRequest): Promise<string> {
  const { environment, origin, path, signal } = request;
  signal.throwIfAborted();
  if (!parseOrigin(origin)) throw new BuilderError("source", `"${origin.slice(0, 100)}" is no origin`);
  if (environment.composedInput(origin) === null) await compose(request);
  const folders = await foldersOf(config, request);
  if (!isOfPort(path, folders, origin))
    throw new BuilderError("source", `${path} is no path of ${origin}'s sources`);
  const cookies = await cookiesIn(environment, folders.WRKDIR);
  const present = cookies.length > 0 ? await find(request, folders) : null;
  if (present !== null) return present;
  if (!cookies.includes("patch")) {
    // Sources that were left between two phases are patched twice by going on.
    if (cookies.length > 0) await run(request, ["rm", "-rf", "--", folders.WRKDIR]);
    await prepare(config, request, folders);
    const found = await find(request, folders);
    if (found !== null) return found;
  }
  throw new BuilderError(
    "source",
    `${path} is not among the sources of ${origin} in environment ${environment.name}`,
  );
}

async function compose({ environment, origin }: SourceRequest): Promise<void> {
  const { rejects } = await environment.compose(origin);
  const [first] = rejects;
  if (first) throw new BuilderError("source", `${origin} does not compose: ${first.file}: ${first.hunks}`);
}

async function foldersOf(config: BuilderConfig, request: SourceRequest): Promise<SourceFolders> {
  const { environment, origin, flavor, signal } = request;
  const names = ["WRKSRC", "WRKDIR", "BUILD_WRKSRC"] as const;
  const values = await queryPort(environment, makeOptions(config), origin, flavor, names, signal);
  const place = (name: string) => posix.normalize(environment.toWorkPaths(values[name] ?? ""));
  const [WRKSRC, WRKDIR] = [place("WRKSRC"), place("WRKDIR")];
  if (![WRKSRC, WRKDIR].every((folder) => folder.startsWith("/work/obj/")))
    throw new BuilderError("source", `${origin} has its sources at ${WRKSRC}, outside of /work/obj`);
  const build = place("BUILD_WRKSRC");
  return { WRKSRC, WRKDIR, BUILD_WRKSRC: build.startsWith(WRKDIR) ? build : WRKSRC };
}

/** Phases that left their mark in the work folder; the framework makes `.PHASE_done...` when one has ended. */
async function cookiesIn(environment: Environment, workFolder: string): Promise<string[]> {
  if ((await environment.files.stat(workFolder))?.type !== "directory") return [];
  const { entries } = await environment.files.list(workFolder);
  return entries.flatMap((name) => /^\.(extract|patch)_done/.exec(name)?.[1] ?? []);
}

/** Extracts and patches; a patch that does not apply still leaves sources to look into. */
async function prepare(
  config: BuilderConfig,
  request: SourceRequest,
  { WRKSRC }: SourceFolders,
): Promise<void> {
  const { environment, origin, flavor, signal, progress } = request;
  await compose(request);
  const result = await createBuilder("bsd-make", config).build({
    ...{ environment, origin, flavor, signal, until: "patch", resume: true },
    timeoutMs: config.timeoutMinutes * 60_000,
    onPhase: (phase) => progress(`${phase} of ${origin}`),
  });
  signal.throwIfAborted();
  if (result.passed || result.failedPhase === "patch") {
    if ((await environment.files.stat(WRKSRC))?.type === "directory") return;
    throw new BuilderError("source", `${origin} says its sources are in ${WRKSRC}, which is not there`);
  }
  const log = `/work/logs/${logName(origin, flavor)}`;
  const { data } = await environment.files.readRange(
    log,
    Math.max(0, result.logBytes - quotedBytes),
    quotedBytes,
  );
  throw new BuilderError(
    "source",
    `${origin} failed in ${result.failedPhase ?? "its first phase"}; the end of ${log} in ${environment.name}:\n${data.toString("utf8")}`,
  );
}

/** null when no file fits. Throws where several fit equally well. */
async function find(request: SourceRequest, folders: SourceFolders): Promise<string | null> {
  const { environment, origin, path } = request;
  for (const place of placesOf(path, folders, origin)) if (await isFile(environment, place)) return place;
  const matches = await namesakes(request, folders);
  const most = Math.max(0, ...matches.map((match) => commonTail(match, path)));
  const best = matches.filter((match) => commonTail(match, path) === most);
  const [only] = best;
  if (only === undefined) return null;
  if (best.length === 1) return (await isFile(environment, only)) ? only : null;
  const shown = best.slice(0, shownMatches).map((match) => posix.relative(folders.WRKDIR, match));
  throw new BuilderError("source", `${path} may be any of ${best.length} files: ${shown.join(", ")}`);
}

/** Files below the work folder that have the path's last name. */
async function namesakes(request: SourceRequest, { WRKDIR }: SourceFolders): Promise<string[]> {
  const name = posix.basename(request.path).replace(/[\\*?[\]]/g, "\\$&");
  if (name === "" || name.startsWith("..")) return [];
  const output = await run(request, ["find", WRKDIR, "-type", "f", "-name", name]);
  return request.environment
    .toWorkPaths(output)
    .split("\n")
    .filter((line) => line.startsWith(`${WRKDIR}/`));
}

async function run({ environment, signal }: SourceRequest, argv: [string, ...string[]]): Promise<string> {
  const { output } = await environment.exec({ argv, timeoutMs: findTimeoutMs, signal });
  signal.throwIfAborted();
  return output.toString("utf8");
}

/** A place that leads out of the environment is none. */
async function isFile(environment: Environment, place: string): Promise<boolean> {
  try {
    return (await environment.files.stat(place))?.type === "file";
  } catch (error) {
    if (error instanceof EnvironmentError && error.reason === "path") return false;
    throw error;
  }
}
