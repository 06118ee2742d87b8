import * as vscode from "vscode";
import type { Builders } from "../builders/builders.ts";
import { caseDecoration, caseScheme } from "../cases/decoration.ts";
import { filterText, isFiltered } from "../cases/portFilter.ts";
import type { PortsChoice } from "../cases/portsChoice.ts";
import { groupingText } from "../cases/words.ts";
import { worstState } from "../connection/state.ts";
import { contextKeys } from "../contributions.ts";
import type { FailingPorts } from "./failingPorts.ts";

const { t } = vscode.l10n;

/** The view around the tree: what of the ports it shows, how many wait for a person, and that a connection is lost. */
export function showPorts(builders: Builders, choice: PortsChoice, tree: FailingPorts): vscode.Disposable {
  const { view } = tree;
  const draw = (): void => {
    const { needsPerson, cases } = builders.totals;
    const worst = worstState(builders.list().map(({ connection }) => connection.state));
    // Over an empty tree a message would hide the welcome view, which offers the remedy.
    const message = worst && "reason" in worst && cases > 0 ? worst.reason : undefined;
    if (view.message !== message) view.message = message;
    if (view.badge?.value !== (needsPerson || undefined))
      view.badge =
        needsPerson > 0 ? { value: needsPerson, tooltip: t("waiting for you: {0}", needsPerson) } : undefined;
  };
  const show = (): void => {
    const { filter, grouping } = choice.view;
    for (const { book } of builders.list()) if (book.lists.view !== choice.view) book.lists.show(choice.view);
    const terms = [grouping !== "none" && groupingText(grouping, t), filterText(filter, t)];
    view.description = terms.filter(Boolean).join(" · ");
    void vscode.commands.executeCommand("setContext", contextKeys.filtered, isFiltered(filter));
  };
  show();
  draw();
  return vscode.Disposable.from(
    choice.onChange(show),
    builders.onChange(show),
    builders.onChange(draw),
    builders.onState(draw),
    builders.onLists(draw),
    vscode.window.registerFileDecorationProvider({ provideFileDecoration: decorate }),
  );
}

function decorate({ scheme, query }: vscode.Uri): vscode.FileDecoration | undefined {
  const looks = scheme === caseScheme ? caseDecoration(query) : null;
  if (!looks) return undefined;
  return new vscode.FileDecoration(
    looks.badge,
    undefined,
    looks.color ? new vscode.ThemeColor(looks.color) : undefined,
  );
}
