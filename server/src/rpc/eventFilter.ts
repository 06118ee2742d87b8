import type { StoredEvent } from "../protocol/index.ts";
import type { EventFilter } from "../protocol/methods/events.ts";
import type { Store } from "../store/types.ts";
import { resolveCase } from "../tracker/resolve.ts";

/** Throws PortwrightError for a case that is not known, or not one. */
export function eventFilter(
  store: Store,
  { types, case: ref, target }: EventFilter,
): (event: StoredEvent) => boolean {
  const caseId = ref === undefined ? undefined : resolveCase(store, ref, target).id;
  return (event) =>
    (types === undefined || types.includes(event.type)) &&
    (caseId === undefined
      ? target === undefined || targetOf(store, event) === target
      : caseOf(store, event) === caseId);
}

/** The case that an event is about; null for one about none. */
function caseOf(store: Store, { type, payload }: StoredEvent): string | null {
  switch (type) {
    case "case/changed":
      return payload.id;
    case "turn/recorded":
      return store.attempt(payload.attemptId)?.caseId ?? null;
    case "bundle/added":
    case "result/recorded":
      return store.caseOf(payload.target, payload.origin, payload.flavor)?.id ?? null;
    case "target/seen":
    case "run/changed":
      return null;
    default:
      return payload.caseId;
  }
}

function targetOf(store: Store, event: StoredEvent): string | null {
  if (event.type === "target/seen") return event.payload.name;
  if ("target" in event.payload && event.payload.target !== undefined) return event.payload.target;
  return store.case(caseOf(store, event) ?? "")?.target ?? null;
}
