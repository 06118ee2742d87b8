import * as vscode from "vscode";
import { CaseBook } from "./cases/caseBook.ts";
import { registerCommands } from "./commands/register.ts";
import { Connection } from "./connection/connection.ts";
import { documentScheme, viewIds, webviewIds } from "./contributions.ts";
import { DocumentFileSystem } from "./documents/fileSystem.ts";
import { SessionPanels } from "./session/panels.ts";
import { onSettingsChange, readSettings } from "./settings.ts";
import { showStatus } from "./status.ts";
import { FailingPorts } from "./tree/failingPorts.ts";

/** Makes and joins the parts; nothing else happens here. */
export function activate({ subscriptions, extension, extensionUri }: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Portwright", { log: true });
  const book = new CaseBook();
  const connection = new Connection({
    target: readSettings,
    version: String(extension.packageJSON.version),
    loadSnapshot: (call) => book.load(call),
    log: (line) => log.info(line),
    random: Math.random,
  });
  const onError = (error: unknown): void => log.error(error instanceof Error ? error : String(error));
  const sessions = new SessionPanels({ extensionUri, connection, book, onError });
  const tree = new FailingPorts(book, connection.call, onError);
  const view = vscode.window.createTreeView(viewIds.failingPorts, {
    treeDataProvider: tree,
    showCollapseAll: true,
  });
  subscriptions.push(
    log,
    connection,
    new vscode.Disposable(connection.onEvents((events) => book.apply(events)).dispose),
    tree,
    view,
    showStatus(connection, book, view),
    vscode.workspace.registerFileSystemProvider(documentScheme, new DocumentFileSystem(connection), {
      isReadonly: true,
    }),
    vscode.window.registerWebviewPanelSerializer(webviewIds.session, sessions),
    registerCommands({ connection, book, sessions, log }),
    onSettingsChange(() => {
      connection.disconnect();
      book.clear();
      connection.connect();
    }),
  );
  connection.connect();
}
