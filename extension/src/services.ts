import type * as vscode from "vscode";
import type { Builders } from "./builders/builders.ts";
import type { SessionPanels } from "./session/panels.ts";

/** What the commands work with; made once, in activate(). */
export interface Services {
  readonly builders: Builders;
  readonly sessions: SessionPanels;
  readonly log: vscode.LogOutputChannel;
}
