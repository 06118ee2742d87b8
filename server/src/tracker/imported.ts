import type { Case } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";

/** Whether a case's failure was read from logs of elsewhere, whose trees are not here. */
export function isImported(
  store: Pick<Store, "bundle" | "run">,
  { bundleId }: Pick<Case, "bundleId">,
): boolean {
  const bundle = store.bundle(bundleId);
  return bundle === null || store.run(bundle.runId)?.profile === "import";
}
