import { Emitter } from "../emitter.ts";
import type { CaseView } from "./caseLists.ts";
import { type Grouping, type PortFilter, readFilter, readGrouping } from "./portFilter.ts";

/** Where the choice outlives the window; `vscode.Memento`. */
interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): Thenable<void>;
}

const filterKey = "portwright.filter";
const groupingKey = "portwright.grouping";

/** What a person chose to see of the failing ports, and how put together. */
export class PortsChoice {
  readonly #memory: Memory;
  readonly #onError: (error: unknown) => void;
  #view: CaseView;
  readonly #changes = new Emitter<CaseView>();
  readonly onChange = this.#changes.on;

  /** `me` is the name under which the person here is assigned cases. */
  constructor(memory: Memory, me: string, onError: (error: unknown) => void) {
    this.#memory = memory;
    this.#onError = onError;
    const filter = readFilter(memory.get(filterKey));
    this.#view = { filter, grouping: readGrouping(memory.get(groupingKey)), me };
  }

  get view(): CaseView {
    return this.#view;
  }

  setFilter(filter: PortFilter): void {
    this.#set({ ...this.#view, filter }, filterKey, filter);
  }

  setGrouping(grouping: Grouping): void {
    this.#set({ ...this.#view, grouping }, groupingKey, grouping);
  }

  #set(view: CaseView, key: string, value: unknown): void {
    this.#view = view;
    this.#changes.fire(view);
    this.#memory.update(key, value).then(undefined, this.#onError);
  }
}
