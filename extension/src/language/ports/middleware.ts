import type * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import type { CommandId } from "../../contributions.ts";

/** Largest document, in characters, that a builder is asked about; the server takes no larger message. */
const maxCharacters = 1_000_000;
/** What a lens may lead to. */
const lensCommands: readonly string[] = [
  "portwright.patch",
  "portwright.openLog",
  "portwright.openDiff",
] satisfies CommandId[];
const linkCommand: CommandId = "portwright.openSource";

/**
 * Lets only documents of `isOurs` through to the builder, and of its answers only what cannot do more than show: the
 * commands of lenses, links within the document's own place, edits of the document itself.
 */
export function confine(isOurs: (uri: vscode.Uri) => boolean): Middleware {
  const open = new Set<string>();
  const isOpen = ({ uri }: vscode.TextDocument): boolean => open.has(uri.toString());
  return {
    async didOpen(document, next) {
      if (!isOurs(document.uri) || document.getText().length > maxCharacters) return;
      open.add(document.uri.toString());
      await next(document);
    },
    async didChange(event, next) {
      if (isOpen(event.document)) await next(event);
    },
    async didClose(document, next) {
      if (open.delete(document.uri.toString())) await next(document);
    },
    provideHover: (document, position, token, next) =>
      isOpen(document) ? next(document, position, token) : null,
    provideDocumentSymbols: (document, token, next) => (isOpen(document) ? next(document, token) : null),
    async provideCodeLenses(document, token, next) {
      const lenses = isOpen(document) ? await next(document, token) : null;
      return lenses?.filter(({ command }) => command !== undefined && lensCommands.includes(command.command));
    },
    async provideDocumentLinks(document, token, next) {
      const links = isOpen(document) ? await next(document, token) : null;
      return links?.filter(({ target }) => target !== undefined && leadsNear(target, document.uri));
    },
    async provideCodeActions(document, range, context, token, next) {
      const actions = isOpen(document) ? await next(document, range, context, token) : null;
      return actions?.filter(
        (action) => !action.command && "edit" in action && changesOnly(action, document),
      );
    },
  };
}

function leadsNear(target: vscode.Uri, from: vscode.Uri): boolean {
  if (target.scheme === "command") return target.path === linkCommand;
  return target.scheme === from.scheme && target.authority === from.authority;
}

function changesOnly({ edit }: vscode.CodeAction, { uri }: vscode.TextDocument): boolean {
  return edit?.entries().every(([changed]) => changed.toString() === uri.toString()) ?? false;
}
