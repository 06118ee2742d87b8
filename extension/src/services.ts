import type * as vscode from "vscode";
import type { Builders } from "./builders/builders.ts";
import type { PortsChoice } from "./cases/portsChoice.ts";
import type { PublishedCases } from "./cases/published.ts";
import type { SshParts } from "./connection/ssh/person.ts";
import type { Reports } from "./documents/reports.ts";
import type { ModelKeys } from "./models/keys.ts";
import type { ModelLending } from "./models/lending.ts";
import type { ReviewComments } from "./review/comments.ts";
import type { Reviews } from "./review/reviews.ts";
import type { SessionPanels } from "./session/panels.ts";
import type { FailingPorts } from "./tree/failingPorts.ts";
import type { RowTree } from "./views/rowTree.ts";

/** What the commands work with; made once, in activate(). */
export interface Services {
  readonly builders: Builders;
  readonly choice: PortsChoice;
  readonly tree: FailingPorts;
  readonly sessions: SessionPanels;
  readonly reviews: Reviews;
  readonly comments: ReviewComments;
  readonly keys: ModelKeys;
  readonly lending: ModelLending;
  readonly reports: Reports;
  readonly ssh: SshParts;
  readonly published: PublishedCases;
  readonly environments: RowTree;
  readonly log: vscode.LogOutputChannel;
  /** Of this extension. */
  readonly version: string;
}
