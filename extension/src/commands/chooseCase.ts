import type { Case } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { Builders } from "../builders/builders.ts";
import { portName, stateText } from "../cases/words.ts";

const { t } = vscode.l10n;

/** A case and the builder that knows it. */
export interface ChosenCase {
  builder: Builder;
  subject: Case;
}

/** What names a case in a command's argument: a row of a tree, a code lens, another extension. */
function readReference(node: unknown): { builder: string | null; caseId: string } | null {
  if (typeof node !== "object" || node === null || !("caseId" in node)) return null;
  const builder = "builder" in node ? String(node.builder) : null;
  return { builder, caseId: String(node.caseId) };
}

/** The case of the row, or one that the person picks among those that fit; undefined when he picks none. */
export async function chooseCase(
  builders: Builders,
  node: unknown,
  fits: (subject: Case) => boolean,
): Promise<ChosenCase | undefined> {
  const reference = readReference(node);
  if (reference) return findCase(builders, reference);
  const several = builders.list().length > 1;
  const picks = builders.list().flatMap((builder) =>
    builder.book
      .list()
      .filter(fits)
      .map((subject) => ({
        ...{ builder, subject, label: portName(subject), detail: subject.cause },
        description: [...(several ? [builder.name] : []), stateText(subject.state, t)].join(" · "),
      })),
  );
  if (picks.length === 0) {
    void vscode.window.showInformationMessage(t("There is no port to which this applies now."));
    return undefined;
  }
  return vscode.window.showQuickPick(picks, {
    placeHolder: t("Which port?"),
    matchOnDescription: true,
    matchOnDetail: true,
  });
}

function findCase(
  builders: Builders,
  { builder: name, caseId }: NonNullable<ReturnType<typeof readReference>>,
) {
  for (const builder of builders.list()) {
    if (name !== null && builder.name !== name) continue;
    const subject = builder.book.get(caseId);
    if (subject) return { builder, subject };
  }
  throw new Error(t("This port builds again; its case is closed."));
}
