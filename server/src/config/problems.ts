import type { z } from "zod";

/** What is wrong with a value, field by field; `whole` stands for the value itself. */
export function problemsOf({ issues }: z.ZodError, whole: string): string[] {
  return issues.map(({ path, message }) => `${path.join(".") || whole}: ${message}`);
}
