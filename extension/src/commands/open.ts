import * as vscode from "vscode";
import { withSession } from "../cases/actions.ts";
import { portName } from "../cases/words.ts";
import { documentUri } from "../documents/fileSystem.ts";
import type { Services } from "../services.ts";
import { chooseCase } from "./chooseCase.ts";

export async function showSession({ builders, sessions }: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(builders, node, withSession);
  if (!chosen) return;
  const { builder, subject } = chosen;
  sessions.show({ builder: builder.name, caseId: subject.id }, portName(subject), attemptNumberOf(node));
}

/** Of the row's attempt; null where the row is none. */
export function attemptNumberOf(node: unknown): number | null {
  const attempt = typeof node === "object" && node !== null && "attempt" in node ? node.attempt : null;
  return typeof attempt === "object" && attempt !== null && "number" in attempt
    ? Number(attempt.number)
    : null;
}

export async function showHandOver({ builders }: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(builders, node, { fits: ({ handOver }) => handOver !== null });
  if (!chosen) return;
  const { id: caseId } = chosen.subject;
  const name = `${portName(chosen.subject)}.txt`;
  const uri = documentUri(chosen.builder.name, { kind: "caseText", text: "handOver", caseId, name });
  await vscode.window.showTextDocument(uri);
}
