import type { Services } from "./services.ts";

/** Groups of methods that a client may find here; it hides what it does not. */
type Capability =
  | ("events" | "credit" | "groups" | "marks" | "compare" | "sessions" | "models" | "candidates")
  | ("language" | "lend" | "doctor" | "search" | "environments" | "delivery" | "forge");

const always: readonly Capability[] = [
  ...(["events", "credit", "groups", "marks", "compare", "sessions", "models"] as const),
  ...(["candidates", "language", "lend", "doctor", "search"] as const),
];
/** These need trees to work on. */
const withTrees: readonly Capability[] = ["environments", "delivery"];

export function capabilitiesOf({ environments, pushing }: Services): Capability[] {
  return [...always, ...(environments ? withTrees : []), ...(pushing.forge() ? (["forge"] as const) : [])];
}
