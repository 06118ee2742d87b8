import type { FailureClass } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { Builders } from "../builders/builders.ts";
import { everyPort, groupings, type PortFilter, shownStates } from "../cases/portFilter.ts";
import { groupingText, stateText } from "../cases/words.ts";
import { ConnectionLostError } from "../connection/errors.ts";
import type { Services } from "../services.ts";

const { t } = vscode.l10n;

/** How the failing ports of a target are put together. */
export async function groupBy({ choice }: Services): Promise<void> {
  const { grouping: present } = choice.view;
  const picks = groupings.map((grouping) => ({
    ...{ grouping, label: groupingText(grouping, t) },
    ...(grouping === present && { description: t("now") }),
  }));
  const picked = await vscode.window.showQuickPick(picks, { title: t("Group Failing Ports") });
  if (picked) choice.setGrouping(picked.grouping);
}

export async function search({ choice }: Services): Promise<void> {
  const { filter } = choice.view;
  const text = await vscode.window.showInputBox({
    title: t("Search Failing Ports"),
    prompt: t("Part of an origin, cause, signature, maintainer or package. Empty shows all."),
    value: filter.text,
  });
  if (text !== undefined) choice.setFilter({ ...filter, text: text.trim() });
}

export function clearFilter({ choice }: Services): void {
  choice.setFilter(everyPort);
}

interface Term extends vscode.QuickPickItem {
  /** What the filter says more when the term is ticked. */
  readonly add?: (filter: PortFilter) => PortFilter;
}

/** A tick for each term that the shown ports have to fit; states and classes are alternatives among themselves. */
export async function filterPorts({ builders, choice }: Services): Promise<void> {
  const { filter } = choice.view;
  const terms = [...personTerms(filter), ...stateTerms(filter), ...(await classTerms(filter, builders))];
  const picked = await vscode.window.showQuickPick(terms, {
    ...{ title: t("Filter Failing Ports"), canPickMany: true, matchOnDescription: true },
    placeHolder: t("No tick shows all that are not hidden"),
  });
  if (!picked) return;
  const { text } = filter;
  choice.setFilter(picked.reduce<PortFilter>((sum, { add }) => add?.(sum) ?? sum, { ...everyPort, text }));
}

const heading = (label: string): Term => ({ label, kind: vscode.QuickPickItemKind.Separator });

function personTerms({ needsPerson, mine, hidden }: PortFilter): Term[] {
  return [
    heading(t("people")),
    { label: t("Needs you"), picked: needsPerson, add: (filter) => ({ ...filter, needsPerson: true }) },
    { label: t("Assigned to me"), picked: mine, add: (filter) => ({ ...filter, mine: true }) },
    {
      ...{ label: t("Ignored and snoozed ones too"), picked: hidden === "with" },
      add: (filter) => ({ ...filter, hidden: "with" }),
    },
    {
      ...{ label: t("Only ignored and snoozed ones"), picked: hidden === "only" },
      add: (filter) => ({ ...filter, hidden: "only" }),
    },
  ];
}

function stateTerms({ states }: PortFilter): Term[] {
  const terms = shownStates.map((state) => ({
    ...{ label: stateText(state, t), picked: states.includes(state) },
    add: (filter: PortFilter) => ({ ...filter, states: [...filter.states, state] }),
  }));
  return [heading(t("state")), ...terms];
}

/** Classes that some port fails with now, and those that are ticked. */
async function classTerms({ classifications }: PortFilter, builders: Builders): Promise<Term[]> {
  const counts = new Map<string, number>(classifications.map((name) => [name, 0]));
  for (const { connection } of builders.list())
    try {
      const { groups } = await connection.call("cases/groups", { by: "class", states: [...shownStates] });
      for (const { key, cases } of groups) counts.set(key, (counts.get(key) ?? 0) + cases);
    } catch (error) {
      if (!(error instanceof ConnectionLostError)) throw error;
    }
  const terms = [...counts].map(([name, cases]) => {
    const classification = name as FailureClass;
    return {
      ...{ label: name, description: String(cases), picked: classifications.includes(classification) },
      add: (filter: PortFilter) => ({
        ...filter,
        classifications: [...filter.classifications, classification],
      }),
    };
  });
  return [heading(t("class")), ...terms];
}
