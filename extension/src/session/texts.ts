import { type Strings, strings } from "@portwright/server/sessionPage/strings";
import * as vscode from "vscode";

/** The view's texts in the editor's language. */
export function sessionTexts(): Strings {
  const texts = Object.entries(strings).map(([key, text]) => [key, vscode.l10n.t(text)]);
  return Object.fromEntries(texts) as Strings;
}
