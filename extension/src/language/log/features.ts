import * as vscode from "vscode";
import type { Builders } from "../../builders/builders.ts";
import type { CommandId, LanguageId } from "../../contributions.ts";
import { linesOf, logDocument } from "./document.ts";
import { sourcePlaces } from "./places.ts";
import { type LogPhase, logPhases } from "./structure.ts";

const language: LanguageId = "build-log";
const openSource: CommandId = "portwright.openSource";

/** Folding and outline of build logs by their phases, and links from what compilers name to the sources. */
export function offerLogFeatures(builders: Builders): vscode.Disposable {
  const phasesOf = cached((document) => logPhases(linesOf(document)));
  return vscode.Disposable.from(
    vscode.languages.registerFoldingRangeProvider(language, {
      provideFoldingRanges: (document) =>
        phasesOf(document).map(({ first, last }) => new vscode.FoldingRange(first, last)),
    }),
    vscode.languages.registerDocumentSymbolProvider(
      language,
      { provideDocumentSymbols: (document) => phasesOf(document).map((phase) => symbolOf(document, phase)) },
      { label: vscode.l10n.t("Build log") },
    ),
    vscode.languages.registerDocumentLinkProvider(language, {
      provideDocumentLinks: (document) => linksOf(builders, document),
    }),
  );
}

/** Remembers what a document's text gave until the text changes or the document goes. */
function cached<T>(read: (document: vscode.TextDocument) => T): (document: vscode.TextDocument) => T {
  const known = new WeakMap<vscode.TextDocument, { version: number; value: T }>();
  return (document) => {
    const { version } = document;
    const before = known.get(document);
    const value = before?.version === version ? before.value : read(document);
    known.set(document, { version, value });
    return value;
  };
}

function symbolOf(
  document: vscode.TextDocument,
  { name, first, last, failed, errors }: LogPhase,
): vscode.DocumentSymbol {
  const heading = document.lineAt(first).range;
  const whole = heading.union(document.lineAt(last).range);
  const detail = failed ? vscode.l10n.t("failed") : "";
  const symbol = new vscode.DocumentSymbol(name, detail, vscode.SymbolKind.Namespace, whole, heading);
  symbol.children = errors.map(({ line, text }) => {
    const { range } = document.lineAt(line);
    return new vscode.DocumentSymbol(text.slice(0, 200), "", vscode.SymbolKind.Event, range, range);
  });
  return symbol;
}

function linksOf(builders: Builders, document: vscode.TextDocument): vscode.DocumentLink[] {
  const log = logDocument(builders, document.uri);
  if (!log) return [];
  return sourcePlaces(linesOf(document)).map(({ line, start, end, path, sourceLine }) => {
    const asked = { kind: "case", builder: log.builder.name, caseId: log.caseId, path, line: sourceLine };
    const target = vscode.Uri.from({ scheme: "command", path: openSource, query: JSON.stringify([asked]) });
    const link = new vscode.DocumentLink(new vscode.Range(line, start, line, end), target);
    link.tooltip = vscode.l10n.t("Open in the sources");
    return link;
  });
}
