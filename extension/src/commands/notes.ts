import * as vscode from "vscode";
import { anyCase } from "../cases/actions.ts";
import { notesOf } from "../cases/notes.ts";
import { portName } from "../cases/words.ts";
import { documentUri } from "../documents/fileSystem.ts";
import type { Services } from "../services.ts";
import { chooseCase } from "./chooseCase.ts";

const { t } = vscode.l10n;
/** Of a text, as the server takes it. */
const longest = 8000;

/** What the next attempt should know; what was said before is offered to be changed. */
export async function addContext({ builders }: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(builders, node, anyCase);
  if (!chosen) return;
  const { builder, subject } = chosen;
  const { call } = builder.connection;
  const notes = await notesOf(call, subject.id);
  const value = notes.find(({ kind }) => kind === "context")?.text ?? "";
  const text = await vscode.window.showInputBox({
    ...{ value, ignoreFocusOut: true, title: t("Context for {0}", portName(subject)) },
    prompt: t("What should the next attempt know? Empty takes it away."),
    validateInput: tooLong,
  });
  if (text === undefined || text === value) return;
  const { note } = await call("case/note", { case: subject.id, kind: "context", text: text.trim() });
  vscode.window.setStatusBarMessage(`$(check) ${t("Context, revision {0}", note.revision ?? 1)}`, 5000);
}

/** What other people should know. */
export async function addNote({ builders }: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(builders, node, anyCase);
  if (!chosen) return;
  const { builder, subject } = chosen;
  const text = await vscode.window.showInputBox({
    ...{ ignoreFocusOut: true, title: t("Note on {0}", portName(subject)) },
    prompt: t("Others read it; no attempt is told."),
    validateInput: (value) => (value.trim() ? tooLong(value) : t("A text is needed.")),
  });
  if (text === undefined) return;
  await builder.connection.call("case/note", { case: subject.id, kind: "note", text: text.trim() });
  vscode.window.setStatusBarMessage(`$(check) ${t("Noted")}`, 5000);
}

export async function showNotes({ builders }: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(builders, node, anyCase);
  if (!chosen) return;
  const name = `${portName(chosen.subject)}.notes.txt`;
  const reference = { kind: "caseText", text: "notes", caseId: chosen.subject.id, name } as const;
  await vscode.window.showTextDocument(documentUri(chosen.builder.name, reference));
}

export async function showActivity({ builders }: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(builders, node, anyCase);
  if (!chosen) return;
  const name = `${portName(chosen.subject)}.activity.txt`;
  const reference = { kind: "caseText", text: "activity", caseId: chosen.subject.id, name } as const;
  await vscode.window.showTextDocument(documentUri(chosen.builder.name, reference));
}

function tooLong(text: string): string | undefined {
  return text.length > longest ? t("At most {0} characters", longest) : undefined;
}
