import type { Artifact, Bundle } from "@portwright/server/protocol";

const logNames = ["logs/full.log", "logs/errors.txt"];

/** The log that the bundle's diagnosis speaks of; undefined where it holds none. */
export function logIn({ artifacts }: Pick<Bundle, "artifacts">): Artifact | undefined {
  return logNames
    .map((name) => artifacts.find((artifact) => artifact.name === name))
    .find((found) => found !== undefined);
}
