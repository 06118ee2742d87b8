import type { HealthCheck } from "./types.ts";

/** One finding: what `look` returns, or the words of what it throws. */
export async function check(name: string, look: () => Promise<string>): Promise<HealthCheck> {
  try {
    return { name, ok: true, message: await look() };
  } catch (error) {
    return { name, ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}
