import { CaseBook } from "../cases/caseBook.ts";
import type { OpenChannel } from "../connection/channel.ts";
import { Connection } from "../connection/connection.ts";
import type { BuilderDefinition } from "./definition.ts";

export interface BuilderOptions {
  open: OpenChannel;
  /** Of this extension. */
  version: string;
  log: (line: string) => void;
  random: () => number;
}

/** One builder: the connection to its server and what is known of its cases. */
export class Builder {
  readonly definition: BuilderDefinition;
  readonly connection: Connection;
  readonly book = new CaseBook();

  constructor(definition: BuilderDefinition, { open, version, log, random }: BuilderOptions) {
    this.definition = definition;
    this.connection = new Connection({
      ...{ open, version, random },
      loadSnapshot: (call) => this.book.load(call),
      log: (line) => log(`${definition.name}: ${line}`),
    });
    this.connection.onEvents((events) => this.book.apply(events));
  }

  get name(): string {
    return this.definition.name;
  }

  dispose(): void {
    this.connection.dispose();
  }
}
