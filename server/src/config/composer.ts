import { z } from "zod";

const Words = z.array(z.string()).max(256);

/** An external program that makes DPorts, instead of the merge that is built in. README.md has an example. */
export const ComposerConfig = z.strictObject({
  /** The whole tree; within words {target}, {delta}, {ports} and {output} stand for what they say. No shell reads them. */
  command: Words.min(1).refine(
    (words) => words.some((word) => word.includes("{output}")),
    "names no {output}",
  ),
  /** What is added for one port alone. */
  origin: Words.refine(
    (words) => words.some((word) => word.includes("{origin}")),
    "names no {origin}",
  ).default(["--origin", "{origin}"]),
  /** What it reads of DeltaPorts beside ports; it sees nothing else. */
  reads: z
    .array(
      z
        .string()
        .regex(/^(?!ports(?:\/|$))[A-Za-z0-9_-][\w.-]*(?:\/[A-Za-z0-9_-][\w.-]*)*$/, "a path in DeltaPorts"),
    )
    .max(64)
    .default(["special", "locked"]),
  timeoutMinutes: z.number().positive().max(1440).default(60),
});
export type ComposerConfig = z.infer<typeof ComposerConfig>;
