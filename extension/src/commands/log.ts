import * as vscode from "vscode";
import { portName } from "../cases/words.ts";
import { readArtifact } from "../documents/artifact.ts";
import { documentUri } from "../documents/fileSystem.ts";
import { countLines, firstWholeLine, type Part, partAround } from "../documents/logPart.ts";
import type { DocumentReference } from "../documents/reference.ts";
import type { Services } from "../services.ts";
import { chooseBundle, logOf } from "./evidence.ts";

/** The log of the row's bundle, or of the case's newest, with the root cause selected. */
export async function openLog(services: Services, node: unknown): Promise<void> {
  const chosen = await chooseBundle(services, node);
  if (!chosen) return;
  const { builder, subject, bundle } = chosen;
  const { sha256, bytes } = logOf(chosen);
  const { id: caseId } = subject;
  const name = `${portName(subject)}.log`;
  const offset = bundle.diagnosis.cause?.offset ?? bytes;
  const part = partAround(bytes, offset);
  const reference: DocumentReference = part
    ? { kind: "logPart", sha256, ...part, name, caseId }
    : { kind: "artifact", sha256, name, caseId };
  const { call } = builder.connection;
  const editor = await vscode.window.showTextDocument(documentUri(builder.name, reference));
  const shown: Part = part ?? { from: 0, to: bytes };
  const before = await readArtifact(call, sha256, shown.from, offset);
  const line = countLines(before.subarray(firstWholeLine(before, shown)));
  reveal(editor, line);
}

/** Selects a line, from 0, and shows it. */
export function reveal(editor: vscode.TextEditor, line: number): void {
  const { range } = editor.document.lineAt(Math.min(line, editor.document.lineCount - 1));
  editor.selection = new vscode.Selection(range.start, range.end);
  editor.revealRange(range, vscode.TextEditorRevealType.InCenter);
}
