import type * as vscode from "vscode";
import type { Builder } from "../../builders/builder.ts";
import type { Builders } from "../../builders/builders.ts";
import { documentScheme } from "../../contributions.ts";
import { type DocumentReference, parseDocumentAddress } from "../../documents/reference.ts";

/** A document that shows a log of a case, or a part of it. */
export interface LogDocument {
  builder: Builder;
  caseId: string;
  reference: Extract<DocumentReference, { kind: "artifact" | "logPart" | "bundle" }>;
}

/** Undefined for a document that is of no case that is known. */
export function logDocument(builders: Builders, uri: vscode.Uri): LogDocument | undefined {
  if (uri.scheme !== documentScheme) return undefined;
  const [builder, reference] = [builders.get(uri.authority), parseDocumentAddress(uri)];
  if (!builder || !reference) return undefined;
  if (reference.kind !== "artifact" && reference.kind !== "logPart" && reference.kind !== "bundle")
    return undefined;
  const { caseId } = reference;
  return caseId === undefined ? undefined : { builder, caseId, reference };
}

/** More than that is looked at line by line only by the editor itself. */
const maxCharacters = 32 * 1024 * 1024;

export function linesOf(document: vscode.TextDocument): string[] {
  const text = document.getText();
  return text.length > maxCharacters ? [] : text.split(/\r?\n/);
}
