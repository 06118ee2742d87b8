import * as vscode from "vscode";
import type { Person } from "../connection/ssh/person.ts";
import { inert } from "../inert.ts";

const { t } = vscode.l10n;

/** Asks in the editor what a connection needs to know. */
export const askPerson: Person = {
  async trusts({ host, type, fingerprint }) {
    const accept = t("Trust and Connect");
    const detail = t(
      "It shows this key ({0}):\n\n{1}\n\nCompare it with the one that the host itself shows: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub. It is then added to known_hosts.",
      type,
      fingerprint,
    );
    const question = t("The host {0} is not known yet.", host);
    return (await vscode.window.showWarningMessage(question, { modal: true, detail }, accept)) === accept;
  },
  async answers({ about, text, echo }, signal) {
    const source = new vscode.CancellationTokenSource();
    const cancel = (): void => source.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return await vscode.window.showInputBox(
        {
          title: "Portwright",
          prompt: inert([about, text].filter(Boolean).join(" ")),
          password: !echo,
          ignoreFocusOut: true,
        },
        source.token,
      );
    } finally {
      signal.removeEventListener("abort", cancel);
      source.dispose();
    }
  },
};
