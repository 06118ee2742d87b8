import * as vscode from "vscode";
import { failureOf, modelKey } from "../models/answering.ts";
import { mostModels } from "../models/lending.ts";
import type { Services } from "../services.ts";
import { chooseBuilder } from "./chooseBuilder.ts";

const { t } = vscode.l10n;

/** Lets a person choose which of the editor's own models a builder may ask; the editor asks for his leave here. */
export async function lendModels({ builders, lending }: Services, node: unknown): Promise<void> {
  const builder = await chooseBuilder(builders, node);
  if (!builder) return;
  if (!builder.connection.capabilities.includes("lend"))
    throw new Error(t("The server of {0} is not connected, or too old to ask an editor.", builder.name));
  const models = await lending.available();
  if (!models?.length)
    throw new Error(
      t(
        "This editor has no language models: install an extension that brings some, such as GitHub Copilot Chat.",
      ),
    );
  const lent = lending.keysOf(builder);
  const picked = await vscode.window.showQuickPick(
    models.map((model) => ({
      ...{ model, label: model.name || model.id, description: modelKey(model) },
      detail: t("at most {0} tokens a question", model.maxInputTokens.toLocaleString()),
      picked: lent.includes(modelKey(model)),
    })),
    {
      ...{ canPickMany: true, ignoreFocusOut: true, title: t("Lend Models to {0}", builder.name) },
      placeHolder: t("Its attempts may ask them at your account's cost while this window is connected"),
    },
  );
  if (!picked) return;
  if (picked.length > mostModels)
    throw new Error(t("At most {0} models can be lent at once: choose fewer.", mostModels));
  const justification = t(
    "The builder {0} sends them evidence of failed builds and files of ports, to have the ports repaired.",
    builder.name,
  );
  const chosen = picked.map(({ model }) => model);
  try {
    await lending.choose(builder, chosen, justification);
  } catch (error) {
    if (failureOf(error).reason !== "no-access") throw error;
    throw new Error(
      t(
        "Without your leave nothing more is lent to {0}: run the command again to be asked anew.",
        builder.name,
      ),
      { cause: error },
    );
  }
  const told = t("{0} models are lent to {1}", chosen.length, builder.name);
  vscode.window.setStatusBarMessage(`$(check) ${told}`, 5000);
}
