import { CaseBook } from "../cases/caseBook.ts";
import { Connection } from "../connection/connection.ts";
import { channelTo, type Host } from "../connection/host.ts";
import { type BuilderDefinition, serverCommand } from "./definition.ts";

export interface BuilderOptions {
  host: Host;
  /** Of this extension. */
  version: string;
  log: (line: string) => void;
  random: () => number;
}

/** One builder: the connection to its server and what is known of its cases. */
export class Builder {
  readonly definition: BuilderDefinition;
  /** Where it stands; all programs that are run there share one way to it. */
  readonly host: Host;
  readonly connection: Connection;
  readonly book: CaseBook;

  constructor(definition: BuilderDefinition, { host, version, log, random }: BuilderOptions) {
    this.definition = definition;
    this.host = host;
    const tell = (line: string): void => log(`${definition.name}: ${line}`);
    this.connection = new Connection({
      ...{ version, random },
      open: channelTo(host, serverCommand(definition, "connect", "--stdio")),
      loadSnapshot: (call) => this.book.load(call),
      log: tell,
    });
    this.book = new CaseBook({
      call: this.connection.call,
      onError: (error) => tell(`the list of failing ports is not up to date: ${error}`),
    });
    this.connection.onEvents((events) => this.book.apply(events));
    this.connection.onState(({ name }) => name === "connected" && this.book.lists.catchUp());
  }

  get name(): string {
    return this.definition.name;
  }

  dispose(): void {
    this.book.dispose();
    this.connection.dispose();
    this.host.dispose();
  }
}
