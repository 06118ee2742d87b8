import type { ForgeInfo } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import { allowing } from "../cases/actions.ts";
import { portName } from "../cases/words.ts";
import { inert } from "../inert.ts";
import type { Services } from "../services.ts";
import { chooseBuilder } from "./chooseBuilder.ts";
import { type ChosenCase, chooseCase } from "./chooseCase.ts";
import { withCancel } from "./progress.ts";

const { t } = vscode.l10n;

/** Pushes what was delivered to the builder's forge, when the person agrees. */
export async function pushDelivery(services: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(services.builders, node, allowing("undoDelivery"));
  if (chosen) await pushChosen(services, chosen);
}

export async function pushChosen(services: Services, { builder, subject }: ChosenCase): Promise<void> {
  const forge = await forgeOf(builder);
  const name = portName(subject);
  const go = t("Push");
  const answer = await vscode.window.showInformationMessage(
    t("Push the fix of {0}, and open a draft pull request?", name),
    {
      modal: true,
      detail: [
        t("To: {0}", forge.remote),
        t("Proposed for: {0} of {1} at {2}", forge.into, forge.repository, forge.host),
      ].join("\n"),
    },
    go,
  );
  if (answer !== go) return;
  if (!forge.hasKey && !(await askToken(services, builder, forge))) return;
  const { delivery } = await withCancel(t("Pushing {0}", name), (signal) =>
    builder.connection.call("delivery/push", { case: subject.id }, signal),
  );
  const { pullRequest } = delivery;
  if (!pullRequest) return;
  const open = t("Open Pull Request");
  const text = t("{0} is pull request {1} at {2}.", name, pullRequest.number, forge.host);
  const canOpen = isPageOf(forge, pullRequest.url);
  if ((await vscode.window.showInformationMessage(inert(text), ...(canOpen ? [open] : []))) === open)
    await vscode.env.openExternal(vscode.Uri.parse(pullRequest.url, true));
}

/** No other address is opened, whatever a server says. */
function isPageOf({ host }: ForgeInfo, url: string): boolean {
  const page = URL.canParse(url) ? new URL(url) : null;
  return page !== null && /^https?:$/.test(page.protocol) && page.host === host;
}

/** Asks for the token of a forge; it goes to the server's memory and stays in the editor's own secret store. */
export async function setForgeToken(services: Services, node: unknown): Promise<void> {
  const builder = await chooseBuilder(services.builders, node);
  if (!builder) return;
  if (!(await askToken(services, builder, await forgeOf(builder)))) return;
  vscode.window.setStatusBarMessage(`$(check) ${t("The token is set")}`, 5000);
}

async function forgeOf(builder: Builder): Promise<ForgeInfo> {
  const { forge } = await builder.connection.call("delivery/forge", {});
  if (forge) return forge;
  throw new Error(
    t('{0} has no forge configured: name one under "delivery" in its portwright.json.', builder.name),
  );
}

/** False when the person gave none; an empty one forgets what is kept here. */
async function askToken({ keys }: Services, builder: Builder, forge: ForgeInfo): Promise<boolean> {
  const token = await vscode.window.showInputBox({
    ...{ password: true, ignoreFocusOut: true, title: t("Token of {0}", forge.host) },
    prompt: t(
      "It may write contents and pull requests of {0}. Empty forgets the one that is kept here.",
      forge.repository,
    ),
  });
  if (token === undefined) return false;
  await keys.set(builder, forge.keyVariable, token.trim());
  return token.trim() !== "";
}
