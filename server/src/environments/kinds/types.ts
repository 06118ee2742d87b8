import type { EnvironmentKind } from "../../protocol/index.ts";
import type { Layout } from "../layout.ts";
import type { HostCommand } from "../types.ts";

/** What an environment shows to what runs inside. */
export interface Place {
  /** Name of the environment. */
  name: string;
  layout: Layout;
  /** Origins that were composed here: each stands over the base. */
  composed: readonly string[];
  /** Host folders that appear read-only at their own path, e.g. a builder outside /usr. */
  alsoVisible: readonly string[];
  /** It is not made yet, and shown as it will be. */
  isPlanned?: boolean;
}

export interface InsideCommand {
  argv: readonly string[];
  /** A /work path. */
  cwd: string;
  /** The whole environment that it gets. */
  variables: Readonly<Record<string, string>>;
  network: boolean;
  /** It gets a terminal that is its own: job control needs the session which that terminal belongs to. */
  ownTerminal: boolean;
}

export interface KindCommand extends HostCommand {
  /** Clears up what may be left of it outside of the environment, however it ended. */
  release?: () => Promise<void>;
}

/** A way to run commands in an environment. What every kind has to keep is in test/integration/environments/contract. */
export interface Kind {
  readonly name: EnvironmentKind;
  /** What it keeps apart and what it does not, for people. */
  readonly note: string;
  /** Whether it keeps the promises of the self-test; one that does not says so wherever it is shown. */
  readonly isolates: boolean;
  /** What the host has to run so that a command runs inside. */
  command(place: Place, inside: InsideCommand): Promise<KindCommand>;
  /** The same as text, nothing done. */
  plan(place: Place, inside: InsideCommand): Promise<string>;
  /** For a kind that keeps something of its own beside an environment's folder; a throw keeps the step from counting as done. */
  created?(name: string, root: string): Promise<void>;
  reset?(name: string, root: string): Promise<void>;
  destroyed?(name: string, root: string): Promise<void>;
}
