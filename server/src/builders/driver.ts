import { z } from "zod";
import { problemsOf } from "../config/problems.ts";
import { BuilderError } from "./errors.ts";
import type { BuilderDriver, BuildOutcome } from "./types.ts";

const isFunction = z.custom((value) => typeof value === "function", "is no function");

/** A builder of a plugin was seen by no compiler of ours. */
const Driver = z.object({
  programs: z.array(z.object({ name: z.string(), command: z.string(), setting: z.string() })).optional(),
  endsEarly: z.boolean().optional(),
  log: z
    .object({
      locate: isFunction,
      phaseOf: isFunction.optional(),
    })
    .optional(),
  versions: isFunction.optional(),
  plan: isFunction,
  build: isFunction,
});

const Outcome = z.object({
  passed: z.boolean(),
  failedPhase: z.string().max(100).nullable(),
  cancelled: z.boolean(),
  timedOut: z.boolean(),
  reason: z.string().optional(),
});

/** The driver, where it is one and says the name that the configuration uses. Throws ZodError. */
export function checkDriver(name: string, driver: BuilderDriver): BuilderDriver {
  Driver.extend({ name: z.literal(name) }).parse(driver);
  return driver;
}

/** What a build of the driver `name` answered. Throws BuilderError for what is no outcome. */
export function checkOutcome(name: string, answered: unknown): BuildOutcome {
  const parsed = Outcome.safeParse(answered);
  if (parsed.success) return parsed.data;
  const said = problemsOf(parsed.error, "the outcome").join("; ");
  throw new BuilderError(
    "builder",
    `builder ${name} does not tell how its build ended: ${said}`,
    parsed.error,
  );
}
