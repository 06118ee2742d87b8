import type { Check, CheckKind } from "../protocol/index.ts";

export const inOrder = (kind: CheckKind, name: string, message: string): Check => ({
  ...{ kind, name, ok: true, message },
});

export const amiss = (kind: CheckKind, name: string, message: string, action: string): Check => ({
  ...{ kind, name, ok: false, message, action },
});

/** Thrown by a look that knows better what to do than the check's own `action`. */
export class Amiss extends Error {
  readonly action: string;
  constructor(message: string, action: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.action = action;
  }
}

/** One finding: what `look` returns, or the words of what it throws. */
export async function check(
  { kind, name, action }: { kind: CheckKind; name: string; action: string },
  look: () => Promise<string>,
): Promise<Check> {
  try {
    return inOrder(kind, name, await look());
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return amiss(kind, name, said, error instanceof Amiss ? error.action : action);
  }
}
