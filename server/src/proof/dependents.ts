import { Unhealthy } from "../environments/errors.ts";
import type { Environment } from "../environments/types.ts";
import type { Diagnosis, ProofDependent } from "../protocol/index.ts";
import { namesPort } from "./naming.ts";
import type { ProofRequest } from "./prove.ts";

export interface PortName {
  origin: string;
  /** "" when unflavored. */
  flavor: string;
}

/** What is known of the ports that need another one. */
export interface Dependents {
  /** At most so many, those that it held up most first. `commits` are those of the trees. */
  of(
    port: PortName & { target: string },
    commits: Record<string, string>,
    most: number,
    signal?: AbortSignal,
  ): Promise<PortName[]>;
  isFailing(target: string, port: PortName): boolean;
}

/** Builds ports that depend on the mended one, in the environment where it was built with the diff. */
export async function buildDependents(
  request: ProofRequest,
  environment: Environment,
  commits: Record<string, string>,
): Promise<ProofDependent[]> {
  const { dependents, asks, onBuild } = request;
  if (dependents === undefined || !asks?.dependents) return [];
  const ports = await dependents.of(request, commits, asks.dependents, request.signal);
  const built: ProofDependent[] = [];
  for (const port of ports) {
    onBuild?.(built.length + 3);
    built.push({ ...port, ...(await buildOne(request, environment, port)) });
  }
  return built;
}

type Outcome = Omit<ProofDependent, keyof PortName>;

async function buildOne(request: ProofRequest, environment: Environment, port: PortName): Promise<Outcome> {
  const { builder, blobs, timeoutMs, signal, onPhase, onOutput } = request;
  const unknown = (said: string, logSha256: string | null = null): Outcome => ({
    ...{ state: "unknown", said, logSha256 },
  });
  try {
    const composed = await environment.compose(port.origin);
    const problem = composed.rejects[0]?.file ?? composed.skipped.find(({ file }) => file === "STATUS")?.why;
    if (problem !== undefined) return unknown(`it does not compose: ${problem}`);
    const order = { environment, ...port, timeoutMs, signal };
    const result = await builder.build({ ...order, ...(onPhase ? { onPhase } : {}), onOutput });
    signal.throwIfAborted();
    const { sha256 } = await blobs.putFile(result.logPath);
    if (result.passed) return { state: "builds", said: "", logSha256: sha256 };
    const { failedPhase: phase } = result;
    if (result.timedOut || phase === null || phase === "check-sanity")
      return unknown(result.timedOut ? "its build ran out of time" : "it is not built here", sha256);
    const found = await request.diagnose(result.logPath, phase);
    if (phase.endsWith("-depends") && !names(found, request))
      return unknown("another port that it needs does not build", sha256);
    const isKnown = request.dependents?.isFailing(request.target, port);
    return {
      ...{ state: isKnown ? "failing" : "broken", logSha256: sha256 },
      said: `${found.classification} in ${phase}`,
    };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Unhealthy) throw error;
    return unknown(error instanceof Error ? error.message : String(error));
  }
}

const names = ({ cause, extract }: Diagnosis, port: PortName): boolean =>
  [cause?.text ?? "", extract].some((text) => namesPort(text, port));

/** For the reviewer. */
export const brokenFlags = (dependents: readonly ProofDependent[]): string[] =>
  dependents
    .filter(({ state }) => state === "broken")
    .map(
      ({ origin, flavor, said }) =>
        `${flavor ? `${origin}@${flavor}` : origin}, which depends on it, fails: ${said}`,
    );
