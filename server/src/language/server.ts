import {
  type CodeAction,
  CodeActionKind,
  createConnection,
  createProtocolConnection,
  type Diagnostic,
  ErrorCodes,
  type InitializeResult,
  type MessageReader,
  type MessageStrategy,
  type MessageWriter,
  type Range,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { type Knowledge, type PortsDocument, portsDocument } from "./document.ts";
import { hoverAt } from "./hover.ts";
import { lensesOf } from "./lenses.ts";
import { linksIn } from "./links.ts";
import type { Problem } from "./problem.ts";
import { problemsIn } from "./problems.ts";
import { Publisher } from "./publisher.ts";
import { symbolsIn } from "./symbols.ts";
import { overlap } from "./text.ts";

export interface LanguageServerOptions {
  knowledge: Knowledge;
  reader: MessageReader;
  writer: MessageWriter;
  messageStrategy: MessageStrategy;
  /** A feature failed; the request has been refused. */
  onError: (what: string, error: unknown) => void;
  /** The client asked for the end, or broke a bound. */
  onEnd: (reason: string) => void;
}

const capabilities: InitializeResult["capabilities"] = {
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
  hoverProvider: true,
  codeLensProvider: {},
  documentLinkProvider: {},
  documentSymbolProvider: true,
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
};
/** Characters of all documents that one client has open. */
const maxOpenText = 64 * 1024 * 1024;
const maxParallelism = 4;

/** Speaks LSP over a pair of reader and writer until it is disposed of. It never ends the process. */
export function serveLanguage(options: LanguageServerOptions): Disposable {
  const { knowledge, reader, writer, messageStrategy, onError, onEnd } = options;
  // The library's own way for Node would watch and end this process on the client's word.
  const watchDog = {
    shutdownReceived: false,
    initialize: () => {},
    exit: () => onEnd("the client asked for it"),
  };
  const connection = createConnection(
    (logger) => createProtocolConnection(reader, writer, logger, { messageStrategy, maxParallelism }),
    watchDog,
  );
  const documents = new TextDocuments(TextDocument);
  const publisher = new Publisher({
    knowledge,
    documents,
    send: (uri, version, problems) =>
      connection.sendDiagnostics({ uri, version, diagnostics: problems.map(toDiagnostic) }),
    refreshLenses: () => connection.sendRequest("workspace/codeLens/refresh"),
    onError,
  });

  /** Answers about a document that is open; refuses what is no proper question. */
  const about =
    <P extends { textDocument: { uri: string } }, R>(
      what: string,
      answer: (document: PortsDocument, params: P) => Promise<R> | R,
    ) =>
    async (params: P): Promise<R | null> => {
      try {
        const open = documents.get(params.textDocument.uri);
        const document = open && (await portsDocument(open.uri, open.getText(), knowledge));
        return document ? await answer(document, params) : null;
      } catch (error) {
        onError(what, error);
        throw new ResponseError(ErrorCodes.InternalError, `${what} failed; the server's log says why`);
      }
    };

  connection.onInitialize(({ capabilities: { workspace } }) => {
    publisher.canRefreshLenses = workspace?.codeLens?.refreshSupport === true;
    return { capabilities, serverInfo: { name: "Portwright" } };
  });
  connection.onHover(about("hover", (document, { position }) => hoverAt(document, position, knowledge)));
  connection.onCodeLens(about("lenses", (document) => lensesOf(document, knowledge)));
  connection.onDocumentLinks(about("links", (document) => linksIn(document, knowledge)));
  connection.onDocumentSymbol(about("symbols", symbolsIn));
  connection.onCodeAction(
    about("fixes", async (document, { range }) =>
      fixesAt(document.uri, range, await problemsIn(document, knowledge)),
    ),
  );
  documents.onDidChangeContent(({ document }) => {
    const total = documents.all().reduce((sum, one) => sum + one.getText().length, 0);
    if (total > maxOpenText) onEnd(`the open documents have more than ${maxOpenText} characters`);
    else publisher.changed(document.uri);
  });
  documents.onDidClose(({ document }) => publisher.closed(document.uri));
  documents.listen(connection);
  connection.listen();
  return {
    [Symbol.dispose]() {
      publisher[Symbol.dispose]();
      connection.dispose();
    },
  };
}

const toDiagnostic = ({ range, severity, code, message }: Problem): Diagnostic => ({
  ...{ range, severity, code, message, source: "portwright" },
});

function fixesAt(uri: string, range: Range, problems: readonly Problem[]): CodeAction[] {
  return problems
    .filter((problem) => overlap(problem.range, range))
    .flatMap((problem) =>
      problem.fixes.map(({ title, edits }) => ({
        title,
        kind: CodeActionKind.QuickFix,
        diagnostics: [toDiagnostic(problem)],
        isPreferred: problem.fixes.length === 1,
        edit: { changes: { [uri]: edits } },
      })),
    );
}
