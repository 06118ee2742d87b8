import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { Builders } from "../builders/builders.ts";
import { connectionText } from "../cases/words.ts";

const { t } = vscode.l10n;

/** The builder of the row, the only one, or one that the person picks; undefined when he picks none. */
export async function chooseBuilder(builders: Builders, node: unknown): Promise<Builder | undefined> {
  const name = typeof node === "object" && node !== null && "builder" in node ? String(node.builder) : null;
  if (name !== null) return builders.get(name);
  const [only, ...more] = builders.list();
  if (more.length === 0) {
    if (!only) throw new Error(t('There is no builder yet: run "Portwright: Connect to Builder..." first.'));
    return only;
  }
  const picks = builders.list().map((builder) => ({
    ...{ builder, label: builder.name, description: connectionText(builder.connection.state, t) },
  }));
  return (await vscode.window.showQuickPick(picks, { placeHolder: t("Which builder?") }))?.builder;
}
