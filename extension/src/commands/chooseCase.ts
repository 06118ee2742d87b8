import type { Case } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { CaseBook } from "../cases/caseBook.ts";
import { portName, stateText } from "../cases/words.ts";

const { t } = vscode.l10n;

/** What a menu hands to a command: the row on which it stands. From the palette there is none. */
function caseIdOf(node: unknown): string | null {
  return typeof node === "object" && node !== null && "caseId" in node ? String(node.caseId) : null;
}

/** The case of the row, or one that the person picks among those that fit; undefined when he picks none. */
export async function chooseCase(
  book: CaseBook,
  node: unknown,
  fits: (subject: Case) => boolean,
): Promise<Case | undefined> {
  const id = caseIdOf(node);
  if (id !== null) {
    const subject = book.get(id);
    if (!subject) throw new Error(t("This port builds again; its case is closed."));
    return subject;
  }
  const picks = book
    .list()
    .filter(fits)
    .map((subject) => ({
      subject,
      label: portName(subject),
      description: stateText(subject.state, t),
      detail: subject.cause,
    }));
  if (picks.length === 0) {
    void vscode.window.showInformationMessage(t("There is no port to which this applies now."));
    return undefined;
  }
  const chosen = await vscode.window.showQuickPick(picks, {
    placeHolder: t("Which port?"),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen?.subject;
}
