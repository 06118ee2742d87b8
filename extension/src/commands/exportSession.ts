import { homedir } from "node:os";
import { sessionLines } from "@portwright/server/sessionLines";
import { sessionPage } from "@portwright/server/sessionPage/page";
import * as vscode from "vscode";
import { withSession } from "../cases/actions.ts";
import { portName } from "../cases/words.ts";
import type { Services } from "../services.ts";
import { readSession } from "../session/record.ts";
import { sessionTexts } from "../session/texts.ts";
import { chooseCase } from "./chooseCase.ts";
import { attemptNumberOf } from "./open.ts";

const { t } = vscode.l10n;

/** Writes an attempt to a file: a page to read, or JSON lines where its name ends with `.jsonl`. */
export async function exportSession({ builders }: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(builders, node, withSession);
  if (!chosen) return;
  const { builder, subject } = chosen;
  const record = await readSession(builder, subject.id, attemptNumberOf(node));
  const name = `${portName(subject)}-${record.attempt.number}`.replace(/[^\w@.+-]+/g, "_");
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
  const target = await vscode.window.showSaveDialog({
    title: t("Export attempt {0} at {1}", record.attempt.number, portName(subject)),
    defaultUri: vscode.Uri.joinPath(folder, `${name}.html`),
    filters: { [t("Page")]: ["html"], [t("JSON lines")]: ["jsonl"] },
  });
  if (!target) return;
  const content = target.path.endsWith(".jsonl")
    ? sessionLines(record)
    : sessionPage(record, sessionTexts(), vscode.env.language);
  await vscode.workspace.fs.writeFile(target, Buffer.from(content));
  vscode.window.setStatusBarMessage(`$(check) ${t("Exported to {0}", target.fsPath)}`, 5000);
}
