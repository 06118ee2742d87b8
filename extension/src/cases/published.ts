import type { Case, StoredEvent } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { CaseAction, PortCase, PortwrightApi } from "../api.ts";
import type { Builders } from "../builders/builders.ts";
import { contextKeys } from "../contributions.ts";
import { needsPerson } from "./actions.ts";

/** Cases of a builder that are listed for others. */
const mostListed = 200;

/** What other extensions add to cases and hear of them. */
export class PublishedCases implements vscode.Disposable {
  readonly #actions = new Set<CaseAction>();
  readonly #changes = new vscode.EventEmitter<PortCase>();
  readonly #listening: { dispose(): void };
  readonly api: PortwrightApi;

  constructor(builders: Builders) {
    this.#listening = builders.onEvents(({ builder, events }) => {
      for (const subject of events.flatMap(changedCase)) this.#changes.fire(portCase(builder.name, subject));
    });
    this.api = Object.freeze({
      version: 1,
      addCaseAction: (action: CaseAction) => this.#add(action),
      onDidChangeCase: this.#changes.event,
      listCases: () => listCases(builders),
    });
  }

  /** In the order in which they were added. */
  actionsFor(subject: PortCase): CaseAction[] {
    return [...this.#actions].filter((action) => action.fits?.(subject) ?? true);
  }

  dispose(): void {
    this.#listening.dispose();
    this.#changes.dispose();
  }

  #add(action: CaseAction): vscode.Disposable {
    if (typeof action?.label !== "string" || typeof action.run !== "function")
      throw new TypeError("a case action needs a label, a string, and run, a function");
    // The same action may be added twice, and taken away once.
    const added: CaseAction = { ...action, run: (subject) => action.run(subject) };
    if (action.fits) added.fits = (subject) => action.fits?.(subject) ?? true;
    this.#actions.add(added);
    this.#show();
    return new vscode.Disposable(() => {
      this.#actions.delete(added);
      this.#show();
    });
  }

  #show(): void {
    void vscode.commands.executeCommand("setContext", contextKeys.hasCaseActions, this.#actions.size > 0);
  }
}

export function portCase(builder: string, subject: Case): PortCase {
  const { id, target, origin, flavor, pkgname, state, classification, phase, cause, assignee, blocked } =
    subject;
  return Object.freeze({
    ...{ builder, id, target, origin, flavor, state, classification, phase, cause, blocked: blocked ?? 0 },
    ...{ needsPerson: needsPerson(subject), ...(pkgname && { pkgname }), ...(assignee && { assignee }) },
  });
}

function changedCase({ type, payload }: StoredEvent): Case[] {
  return type === "case/changed" ? [payload] : [];
}

async function listCases(builders: Builders): Promise<PortCase[]> {
  const connected = builders.list().filter(({ connection }) => connection.state.name === "connected");
  const found = await Promise.all(
    connected.map(async ({ name, connection }) => {
      const { cases } = await connection.call("cases/list", { order: "attention", limit: mostListed });
      return cases.map((subject) => portCase(name, subject));
    }),
  );
  return found.flat();
}
