import type * as vscode from "vscode";

/**
 * What Portwright's `activate()` gives to other extensions. This file needs nothing but the editor's types, so that it
 * can be copied. Within one `version` members are only added.
 */
export interface PortwrightApi {
  readonly version: 1;
  /** Offers an action in "More Actions..." of the cases that it fits, until it is disposed. */
  addCaseAction(action: CaseAction): vscode.Disposable;
  /** A case of a connected builder began, changed or closed. */
  readonly onDidChangeCase: vscode.Event<PortCase>;
  /** Cases of all connected builders, those that wait for a person first; at most 200 of each builder. */
  listCases(): Promise<PortCase[]>;
}

export interface CaseAction {
  readonly label: string;
  readonly detail?: string;
  /** Whether it is offered for that case; for every case when left out. */
  fits?(subject: PortCase): boolean;
  /** What it throws is shown to the person. */
  run(subject: PortCase): unknown;
}

/** A port that fails on a target of a builder, from its first failure until it builds again. */
export interface PortCase {
  /** Name of the builder in the settings. */
  readonly builder: string;
  /** What names the case to its server. */
  readonly id: string;
  readonly target: string;
  readonly origin: string;
  /** Empty where the port has none. */
  readonly flavor: string;
  /** Package file name, where it is known. */
  readonly pkgname?: string;
  /** `open`, `triaged`, `patching`, `proving`, `waiting`, `escalated`, `accepted`, `rejected`, `delivered` or `closed`. */
  readonly state: string;
  /** Class of the failure, such as `plist-error`. */
  readonly classification: string;
  /** Ports phase in which it failed; null where that is not known. */
  readonly phase: string | null;
  /** Root-cause line as the log gives it. */
  readonly cause: string;
  readonly needsPerson: boolean;
  readonly assignee?: string;
  /** Ports that were skipped because of it. */
  readonly blocked: number;
}
