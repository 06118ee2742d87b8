import * as vscode from "vscode";
import type { Services } from "../services.ts";
import { chooseBuilder } from "./chooseBuilder.ts";

const { t } = vscode.l10n;

/** Asks for the key of a model; it goes to the server's memory and stays in the editor's own secret store. */
export async function setModelKey({ builders, keys }: Services, node: unknown): Promise<void> {
  const builder = await chooseBuilder(builders, node);
  if (!builder) return;
  const all = (await builder.connection.call("models/list", {})).models;
  const models = all.filter(({ editor }) => !editor);
  if (models.length === 0)
    throw new Error(
      t(
        '{0} has no model configured that wants a key: name one under "models" in its portwright.json.',
        builder.name,
      ),
    );
  const picked = await vscode.window.showQuickPick(
    models.map(({ name, model, endpoint, keyVariable, hasKey }) => ({
      ...{ label: name, keyVariable, description: `${model} · ${endpoint}` },
      detail: hasKey ? t("{0} is set", keyVariable) : t("{0} is not set", keyVariable),
    })),
    { title: t("Set Model Key") },
  );
  if (!picked) return;
  const key = await vscode.window.showInputBox({
    ...{ password: true, ignoreFocusOut: true, title: t("Key of {0}", picked.label) },
    prompt: t("Empty forgets the key that is kept here."),
  });
  if (key === undefined) return;
  await keys.set(builder, picked.keyVariable, key.trim());
  const told = key.trim() ? t("The key is set") : t("The key is forgotten");
  vscode.window.setStatusBarMessage(`$(check) ${told}`, 5000);
}
