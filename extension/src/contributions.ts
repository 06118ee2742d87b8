import { problems } from "./connection/state.ts";

/** What the manifest declares, named once; a unit test holds package.json against it. */

export const commandIds = [
  "portwright.connect",
  "portwright.disconnect",
  "portwright.removeBuilder",
  "portwright.installServer",
  "portwright.refresh",
  "portwright.triage",
  "portwright.patch",
  "portwright.verify",
  "portwright.openDiff",
  "portwright.openLog",
  "portwright.showSession",
  "portwright.exportSession",
  "portwright.showHandOver",
  "portwright.accept",
  "portwright.reject",
  "portwright.stop",
  "portwright.showLogs",
  "portwright.patchWith",
  "portwright.retry",
  "portwright.steer",
  "portwright.pause",
  "portwright.resume",
  "portwright.deliver",
  "portwright.undoDelivery",
  "portwright.pushDelivery",
  "portwright.setForgeToken",
  "portwright.addContext",
  "portwright.addNote",
  "portwright.showNotes",
  "portwright.showActivity",
  "portwright.openEvidence",
  "portwright.exportBundle",
  "portwright.exportProof",
  "portwright.verifyProof",
  "portwright.compareWithLastGood",
  "portwright.toggleHunk",
  "portwright.chooseHunks",
  "portwright.proveKept",
  "portwright.commentNote",
  "portwright.commentSteer",
  "portwright.openPolicy",
  "portwright.checkPolicy",
  "portwright.explainPolicy",
  "portwright.doctor",
  "portwright.collectDiagnostics",
  "portwright.setModelKey",
  "portwright.lendModels",
  "portwright.groupBy",
  "portwright.filter",
  "portwright.search",
  "portwright.searchFailures",
  "portwright.clearFilter",
  "portwright.showMore",
  "portwright.ignore",
  "portwright.unignore",
  "portwright.snooze",
  "portwright.wake",
  "portwright.assign",
  "portwright.compareRuns",
  "portwright.envCreate",
  "portwright.envUpdate",
  "portwright.envReset",
  "portwright.envDestroy",
  "portwright.envTerminal",
  "portwright.envDoctor",
  "portwright.moreActions",
  "portwright.openSource",
  "portwright.openPortFile",
] as const;
export type CommandId = (typeof commandIds)[number];

export const settingIds = { builders: "portwright.builders" } as const;

export const viewIds = {
  failingPorts: "portwright.failingPorts",
  sessions: "portwright.sessions",
  builds: "portwright.builds",
  environments: "portwright.environments",
} as const;

export const webviewIds = { session: "portwright.session" } as const;

/** Languages of documents; those that an editor knows itself are not among them. */
export const languageIds = ["build-log", "ports-makefile"] as const;
export type LanguageId = (typeof languageIds)[number];

/** Scheme of the documents that the server holds. */
export const documentScheme = "portwright";

/** Scheme of answers that a person asked for once. */
export const reportScheme = "portwright-report";

/** Values of the context key `portwright.connection`; each but `connected` has a welcome view. */
export const connectionContexts = [
  "noBuilder",
  "idle",
  "connecting",
  "waiting",
  ...problems,
  "connected",
] as const;
export type ConnectionContext = (typeof connectionContexts)[number];

/** Values of the context key `portwright.review`: whether the active editor is a side of a fix, and whether hunks of it are dropped. */
export const reviewContexts = ["none", "whole", "changed"] as const;
export type ReviewContext = (typeof reviewContexts)[number];

export const contextKeys = {
  connection: "portwright.connection",
  review: "portwright.review",
  /** Whether a filter leaves failing ports out. */
  filtered: "portwright.filtered",
  /** Whether another extension offers something for cases. */
  hasCaseActions: "portwright.hasCaseActions",
  /** Whether a server can tell of sessions, and of environments. */
  hasSessions: "portwright.hasSessions",
  hasEnvironments: "portwright.hasEnvironments",
  /** Whether a server can push what it delivered. */
  hasForge: "portwright.hasForge",
} as const;

/** Whose comments on a fix are. */
export const commentControllerId = "portwright.review";

/** Words that a tree item's `contextValue` is made of, joined by `+`; menus ask for them. */
export const nodeTags = [
  "builder",
  "target",
  "group",
  "more",
  "case",
  "part",
  "session",
  "run",
  "result",
  "failedResult",
  "environment",
  "canPause",
  "canResume",
  "canIgnore",
  "canUnignore",
  "canSnooze",
  "canWake",
  "canTriage",
  "canPatch",
  "canVerify",
  "canAccept",
  "canReject",
  "canDeliver",
  "canUndoDelivery",
  "canSteer",
  "canStop",
  "hasDiff",
  "hasSession",
  "hasHandOver",
  "hasProof",
] as const;
export type NodeTag = (typeof nodeTags)[number];
