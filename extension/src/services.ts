import type * as vscode from "vscode";
import type { CaseBook } from "./cases/caseBook.ts";
import type { Connection } from "./connection/connection.ts";
import type { SessionPanels } from "./session/panels.ts";

/** What the commands work with; made once, in activate(). */
export interface Services {
  readonly connection: Connection;
  readonly book: CaseBook;
  readonly sessions: SessionPanels;
  readonly log: vscode.LogOutputChannel;
}
