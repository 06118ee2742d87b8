import { userInfo } from "node:os";
import * as vscode from "vscode";
import { allowing } from "../cases/actions.ts";
import { portName } from "../cases/words.ts";
import type { Services } from "../services.ts";
import { chooseCase } from "./chooseCase.ts";

const { t } = vscode.l10n;

/** Records the person's decision; a rejection says why, since the next attempt learns from it. */
export async function decide(
  { builders }: Services,
  decision: "accept" | "reject",
  node: unknown,
): Promise<void> {
  const chosen = await chooseCase(builders, node, allowing(decision));
  if (!chosen) return;
  const { builder, subject } = chosen;
  const name = portName(subject);
  const reason =
    decision === "accept"
      ? ""
      : await vscode.window.showInputBox({
          title: t("Reject the fix of {0}", name),
          prompt: t("What is wrong with it?"),
          ignoreFocusOut: true,
          validateInput: (text) => (text.trim() ? undefined : t("A reason is needed.")),
        });
  if (reason === undefined) return;
  const { username } = userInfo();
  await builder.connection.call("case/decide", { case: subject.id, decision, who: username, reason });
  const text = decision === "accept" ? t("{0} is accepted", name) : t("{0} is rejected", name);
  vscode.window.setStatusBarMessage(`$(check) ${text}`, 5000);
}
