import type { Case, CaseGroup } from "@portwright/server/protocol";
import type { Call } from "../connection/client.ts";
import { ConnectionLostError } from "../connection/errors.ts";
import { Emitter } from "../emitter.ts";
import { everyRow, PagedList } from "../pagedList.ts";
import { type CasePlace, isPlacedAlike, keyOf, placeOf } from "./casePlace.ts";
import { caseTerms, everyPort, type Grouping, isFiltered, type PortFilter } from "./portFilter.ts";

/** Counts and lists that events made stale are read again after that time, at the earliest. */
const pauseMs = 500;
/** Reading takes at most one part in so many of the time. */
const share = 5;

export interface CaseView {
  readonly filter: PortFilter;
  readonly grouping: Grouping;
  /** Name under which the person here is assigned cases. */
  readonly me: string;
}

/** What has to be drawn anew: everything, or these targets with what stands below them. */
export type CaseListsChange = "all" | ReadonlySet<string>;

interface CaseListsOptions {
  call: Call;
  /** Cases that are shown from now on. */
  keep: (cases: readonly Case[]) => void;
  onError: (error: unknown) => void;
}

/** Counts of the failing cases, and those pages of their groups and lists that are shown. */
export class CaseLists {
  readonly #options: CaseListsOptions;
  #view: CaseView = { filter: everyPort, grouping: "none", me: "" };
  #targets: readonly CaseGroup[] = [];
  #everything: readonly CaseGroup[] = [];
  readonly #groups = new Map<string, PagedList<CaseGroup>>();
  readonly #lists = new Map<string, { place: CasePlace; ids: PagedList<string> }>();
  /** What has to be drawn anew once the counts are read; null while they are current. */
  #changed: Set<string> | "all" | null = null;
  /** Lists whose rows may have come, gone or moved. */
  readonly #staleLists = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isReading = false;
  readonly #changes = new Emitter<CaseListsChange>();
  readonly onChange = this.#changes.on;

  constructor(options: CaseListsOptions) {
    this.#options = options;
  }

  get view(): CaseView {
    return this.#view;
  }

  /** Targets with cases that the filter lets through, most blocked ports first. */
  get targets(): readonly CaseGroup[] {
    return this.#targets;
  }

  /** Without the filter: cases that fail, and those of them that wait for a person. */
  get totals(): { cases: number; needsPerson: number } {
    const sum = (count: "cases" | "needsPerson"): number =>
      this.#everything.reduce((total, target) => total + target[count], 0);
    return { cases: sum("cases"), needsPerson: sum("needsPerson") };
  }

  /** From now on these; what was shown of the former view is forgotten. */
  show(view: CaseView): void {
    this.#view = view;
    this.#groups.clear();
    this.#lists.clear();
    this.#changed = "all";
    this.#readNow();
  }

  groupsOf(target: string): PagedList<CaseGroup> {
    const { grouping } = this.#view;
    if (grouping === "none") throw new Error("cases are not grouped");
    return getOrMake(this.#groups, target, () => {
      const terms = { ...this.#terms, target, by: grouping };
      return new PagedList(async (request) => {
        const { groups, ...page } = await this.#options.call("cases/groups", { ...terms, ...request });
        return { items: groups, ...page };
      });
    });
  }

  /** A group among those that are shown. */
  groupOf({ target, group }: CasePlace): CaseGroup | undefined {
    return this.#groups.get(target)?.items.find(({ key }) => key === group);
  }

  casesIn(place: CasePlace): PagedList<string> {
    const { target, group } = place;
    return getOrMake(this.#lists, keyOf(place), () => {
      const { grouping } = this.#view;
      const inGroup = grouping !== "none" && group !== null && { group: { by: grouping, key: group } };
      const terms = { ...this.#terms, target, ...inGroup, order: "impact" as const };
      const ids = new PagedList(async (request) => {
        const { cases, ...page } = await this.#options.call("cases/list", { ...terms, ...request });
        this.#options.keep(cases);
        return { items: cases.map(({ id }) => id), ...page };
      });
      return { place, ids };
    }).ids;
  }

  /** Lets go of what was shown there, e.g. when a person closes it. */
  forget(place: CasePlace): void {
    if (this.#isGrouped(place)) this.#groups.delete(place.target);
    else this.#lists.delete(keyOf(place));
  }

  /** Whether what stands there is kept current. */
  holds(place: CasePlace): boolean {
    return this.#isGrouped(place) ? this.#groups.has(place.target) : this.#lists.has(keyOf(place));
  }

  *shownIds(): Iterable<string> {
    for (const { ids } of this.#lists.values()) yield* ids.items;
  }

  /** Something was said about a case; `before` is what was known of it. */
  touch(before: Case | undefined, after: Case): void {
    const { grouping } = this.#view;
    const { target } = after;
    this.#changed ??= new Set();
    if (this.#changed !== "all") this.#changed.add(target);
    if (before === undefined || !isPlacedAlike(before, after)) {
      this.#staleLists.add(keyOf(placeOf(after, grouping)));
      if (before) this.#staleLists.add(keyOf(placeOf(before, grouping)));
    }
    this.#readSoon(pauseMs);
  }

  /** Reads the counts over this connection, and once it stands everything that is shown. */
  async reload(call: Call): Promise<void> {
    await this.#readTargets(call);
    for (const key of this.#lists.keys()) this.#staleLists.add(key);
    this.#changes.fire("all");
    this.#changed = this.#lists.size + this.#groups.size > 0 ? "all" : null;
    this.catchUp();
  }

  /** Reads what is stale, e.g. because the connection was lost meanwhile. */
  catchUp(): void {
    if (this.#changed !== null) this.#readNow();
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  get #terms(): ReturnType<typeof caseTerms> {
    return caseTerms(this.#view.filter, this.#view.me);
  }

  /** Whether the place holds groups, and not cases. */
  #isGrouped({ group }: CasePlace): boolean {
    return group === null && this.#view.grouping !== "none";
  }

  #readNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#readSoon(0);
  }

  /** What becomes stale while it is read is read after that. */
  #readSoon(afterMs: number): void {
    if (!this.#isReading) this.#timer ??= setTimeout(() => void this.#readStale(), afterMs);
  }

  async #readStale(): Promise<void> {
    const started = performance.now();
    const view = this.#view;
    const lists = new Set(this.#staleLists);
    const changed = this.#changed;
    this.#staleLists.clear();
    this.#changed = null;
    this.#timer = undefined;
    this.#isReading = true;
    try {
      const before = this.#names;
      await this.#readTargets(this.#options.call);
      await Promise.all([
        ...[...this.#groups].map(([target, groups]) => isIn(changed, target) && groups.reload()),
        ...[...lists].map((key) => this.#lists.get(key)?.ids.reload()),
      ]);
      this.#changes.fire(changed === null || this.#names !== before ? "all" : changed);
    } catch (error) {
      for (const key of lists) this.#staleLists.add(key);
      this.#changed = "all";
      // Of a lost connection its state tells; the next one catches up.
      if (!(error instanceof ConnectionLostError)) this.#options.onError(error);
      return;
    } finally {
      this.#isReading = false;
    }
    if (this.#view !== view) this.#readNow();
    else if (this.#changed !== null) this.#readSoon(Math.max(pauseMs, share * (performance.now() - started)));
  }

  get #names(): string {
    return JSON.stringify(this.#targets.map(({ key }) => key));
  }

  async #readTargets(call: Call): Promise<void> {
    const view = this.#view;
    const { filter, me } = view;
    const read = (of: PortFilter): Promise<CaseGroup[]> =>
      everyRow(async (page) => {
        const asked = { ...caseTerms(of, me), by: "target", ...page } as const;
        const { groups: items, nextCursor } = await call("cases/groups", asked);
        return { items, nextCursor };
      });
    const everything = await read(everyPort);
    const targets = isFiltered(filter) ? await read(filter) : everything;
    // A person may have chosen another view meanwhile; its own answer is on the way.
    if (view !== this.#view) return;
    this.#everything = everything;
    this.#targets = targets;
  }
}

function isIn(targets: ReadonlySet<string> | "all" | null, target: string): boolean {
  return targets === "all" || (targets?.has(target) ?? false);
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made = make();
  map.set(key, made);
  return made;
}
