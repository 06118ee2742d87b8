import type { StoredEvent } from "@portwright/server/protocol";
import type { CaseBookChange } from "../cases/caseBook.ts";
import type { CaseListsChange } from "../cases/caseLists.ts";
import type { Host } from "../connection/host.ts";
import { Emitter } from "../emitter.ts";
import { Builder, type BuilderOptions } from "./builder.ts";
import type { BuilderDefinition } from "./definition.ts";

interface BuildersOptions extends Omit<BuilderOptions, "host"> {
  hostOf: (definition: BuilderDefinition) => Host;
}

/** All builders of the settings, each with its connection; listeners hear of every one of them. */
export class Builders {
  readonly #options: BuildersOptions;
  #builders: readonly Builder[] = [];
  readonly #changes = new Emitter<void>();
  readonly #states = new Emitter<Builder>();
  readonly #cases = new Emitter<{ builder: Builder; change: CaseBookChange }>();
  readonly #lists = new Emitter<{ builder: Builder; change: CaseListsChange }>();
  readonly #events = new Emitter<{ builder: Builder; events: readonly StoredEvent[] }>();

  /** Builders came or went. */
  readonly onChange = this.#changes.on;
  /** The connection of one is in another state. */
  readonly onState = this.#states.on;
  readonly onCases = this.#cases.on;
  /** Counts and pages of cases were read anew. */
  readonly onLists = this.#lists.on;
  readonly onEvents = this.#events.on;

  constructor(options: BuildersOptions) {
    this.#options = options;
  }

  /** In the order of the settings. */
  list(): readonly Builder[] {
    return this.#builders;
  }

  get(name: string): Builder | undefined {
    return this.#builders.find((builder) => builder.name === name);
  }

  /** Of all builders: cases that fail, and those of them that wait for a person. */
  get totals(): { cases: number; needsPerson: number } {
    const all = this.#builders.map(({ book }) => book.lists.totals);
    return {
      cases: all.reduce((sum, { cases }) => sum + cases, 0),
      needsPerson: all.reduce((sum, { needsPerson }) => sum + needsPerson, 0),
    };
  }

  /** Makes these the builders; those that are defined as before keep their connection. */
  set(definitions: readonly BuilderDefinition[]): void {
    const before = new Map(this.#builders.map((builder) => [JSON.stringify(builder.definition), builder]));
    const added: Builder[] = [];
    this.#builders = definitions.map((definition) => {
      const key = JSON.stringify(definition);
      const kept = before.get(key);
      before.delete(key);
      if (kept) return kept;
      const builder = this.#make(definition);
      added.push(builder);
      return builder;
    });
    for (const gone of before.values()) gone.dispose();
    if (added.length > 0 || before.size > 0) this.#changes.fire();
    for (const builder of added) builder.connection.connect();
  }

  dispose(): void {
    this.set([]);
  }

  #make(definition: BuilderDefinition): Builder {
    const { hostOf, ...shared } = this.#options;
    const builder = new Builder(definition, { ...shared, host: hostOf(definition) });
    builder.connection.onState(() => this.#states.fire(builder));
    builder.connection.onEvents((events) => this.#events.fire({ builder, events }));
    builder.book.lists.onChange((change) => this.#lists.fire({ builder, change }));
    builder.book.onChange((change) => this.#cases.fire({ builder, change }));
    return builder;
  }
}
