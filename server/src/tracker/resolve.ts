import { type Case, CaseState, PortwrightError } from "../protocol/index.ts";
import type { CaseFilter, Store } from "../store/types.ts";

/** Cases looked at for a suggestion, newest first; and named in a message. */
const considered = 2000;
const named = 6;
const openStates = CaseState.options.filter((state) => state !== "closed");

/**
 * The one case that a person means: a case id, the beginning of one, or `ORIGIN[@FLAVOR]`. Without a flavor the port
 * without one is meant first; among several cases the only one that is not closed.
 * Throws PortwrightError: notFound, with the cases nearest to it; badParams when several match, naming them.
 */
export function resolveCase(store: Store, ref: string, target?: string): Case {
  const byId = store.case(ref);
  if (byId !== null) return byId;
  const meant = ref.includes("/") ? ofPort(store, ref, target) : { idPrefix: ref, target };
  const { items, total } = store.cases(meant, { limit: named });
  const [first] = items;
  if (first === undefined) throw notFound(store, ref, target);
  if (total === 1) return first;
  const open = store.cases({ ...meant, states: openStates }, { limit: 2 }).items;
  if (open.length === 1 && open[0] !== undefined) return open[0];
  throw new PortwrightError(
    "badParams",
    `"${ref}" means several cases: ${listed(items, total)}. Name one by its id, or add the flavor or the target.`,
  );
}

function ofPort(store: Store, ref: string, target: string | undefined): CaseFilter {
  const [origin = "", flavor] = ref.split("@", 2);
  const exact = { origin, flavor: flavor ?? "", target };
  if (flavor !== undefined || store.cases(exact, { limit: 1 }).total > 0) return exact;
  return { origin, target };
}

function notFound(store: Store, ref: string, target: string | undefined): PortwrightError {
  const { items, total } = store.cases({ target }, { limit: considered });
  const where = target === undefined ? "" : ` on target ${target}`;
  if (total === 0)
    return new PortwrightError("notFound", `No case "${ref}": there are no cases${where} yet.`);
  const wanted = ref.slice(0, 200).toLowerCase();
  const nearest = items
    .map((candidate) => ({ candidate, distance: nearness(wanted, portOf(candidate).toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(2, wanted.length / 3))
    .sort((a, b) => a.distance - b.distance)
    .map(({ candidate }) => candidate);
  const hint =
    nearest.length === 0
      ? "List them with `portwright cases`."
      : `Nearest: ${listed(nearest, nearest.length)}.`;
  return new PortwrightError("notFound", `No case "${ref.slice(0, 200)}"${where}. ${hint}`);
}

function portOf({ origin, flavor }: Case): string {
  return flavor === "" ? origin : `${origin}@${flavor}`;
}

function listed(cases: readonly Case[], total: number): string {
  const names = cases.slice(0, named).map((one) => `${portOf(one)} on ${one.target} (${one.id})`);
  return [...names, ...(total > names.length ? [`${total - names.length} more`] : [])].join(", ");
}

/** 0 when one holds the other, else the number of edits that lead from one to the other (Levenshtein). */
function nearness(wanted: string, name: string): number {
  const tail = name.slice(name.indexOf("/") + 1);
  if (wanted.length > 2 && name.includes(wanted)) return 0;
  return Math.min(edits(wanted, name), edits(wanted, tail));
}

function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
