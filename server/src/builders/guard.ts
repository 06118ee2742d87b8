import type { Environment } from "../environments/types.ts";
import { BuilderError } from "./errors.ts";

const building = new Set<string>();

/**
 * Runs one build at a time in an environment, and only on what was composed from the trees as they are
 * now; returns the hash of that input. What was edited after composing would not be in the build.
 */
export async function withComposedInput<T>(
  environment: Environment,
  origin: string,
  build: (inputSha256: string) => Promise<T>,
): Promise<T> {
  if (building.has(environment.root))
    throw new BuilderError("busy", `another build is running in environment ${environment.name}`);
  building.add(environment.root);
  try {
    const composed = environment.composedInput(origin);
    if (composed === null)
      throw new BuilderError(
        "stale",
        `${origin} is not composed in environment ${environment.name}: compose it first, and see what is rejected or masked`,
      );
    if (composed !== (await environment.currentInput(origin)))
      throw new BuilderError(
        "stale",
        `${origin} was edited after it was composed; compose it again before building`,
      );
    return await build(composed);
  } finally {
    building.delete(environment.root);
  }
}
