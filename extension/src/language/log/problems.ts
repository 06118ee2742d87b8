import type { Bundle } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { Builders } from "../../builders/builders.ts";
import type { LanguageId } from "../../contributions.ts";
import { readArtifact } from "../../documents/artifact.ts";
import { logIn } from "../../documents/bundleLog.ts";
import { firstWholeLine } from "../../documents/logPart.ts";
import { type LogDocument, logDocument } from "./document.ts";
import { type LocatedFinding, locateFindings } from "./findings.ts";

const language: LanguageId = "build-log";
const { Error: fault, Warning: warning } = vscode.DiagnosticSeverity;

/** Puts what the diagnosis found on the lines of the logs that are open, until their cases close. */
export class LogProblems implements vscode.Disposable {
  readonly #builders: Builders;
  readonly #onError: (error: unknown) => void;
  readonly #shown = vscode.languages.createDiagnosticCollection("portwright.log");
  /** A log never changes, nor does what was found in it. */
  readonly #findings = new WeakMap<vscode.TextDocument, Promise<LocatedFinding[]>>();
  readonly #listening: vscode.Disposable;

  constructor(builders: Builders, onError: (error: unknown) => void) {
    this.#builders = builders;
    this.#onError = onError;
    this.#listening = vscode.Disposable.from(
      vscode.workspace.onDidOpenTextDocument((document) => void this.#show(document)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#shown.delete(uri)),
      builders.onCases(({ builder, change }) => {
        for (const document of vscode.workspace.textDocuments) {
          const log = logDocument(builders, document.uri);
          if (log?.builder === builder && (change === "all" || change.has(log.caseId)))
            void this.#show(document);
        }
      }),
    );
    for (const document of vscode.workspace.textDocuments) void this.#show(document);
  }

  dispose(): void {
    this.#listening.dispose();
    this.#shown.dispose();
  }

  async #show(document: vscode.TextDocument): Promise<void> {
    const log = document.languageId === language ? logDocument(this.#builders, document.uri) : undefined;
    if (!log) return;
    try {
      const { state } = await log.builder.book.find({ case: log.caseId });
      const found = state === "closed" ? [] : await this.#find(document, log);
      if (!document.isClosed)
        this.#shown.set(
          document.uri,
          found.map((one) => diagnosticOf(document, one)),
        );
    } catch (error) {
      this.#onError(error);
    }
  }

  #find(document: vscode.TextDocument, log: LogDocument): Promise<LocatedFinding[]> {
    const found = this.#findings.get(document) ?? findingsOf(log);
    this.#findings.set(document, found);
    found.catch(() => this.#findings.delete(document));
    return found;
  }
}

async function findingsOf({ builder, caseId, reference }: LogDocument): Promise<LocatedFinding[]> {
  const { call } = builder.connection;
  const { bundles } = await call("case/get", { case: caseId });
  const [bundle, sha256] = holding(bundles, reference) ?? [];
  if (!bundle || !sha256) return [];
  if (reference.kind !== "logPart")
    return locateFindings(bundle.diagnosis, await readArtifact(call, sha256), 0);
  const { from, to } = reference;
  const bytes = await readArtifact(call, sha256, from, to);
  const first = firstWholeLine(bytes, reference);
  return locateFindings(bundle.diagnosis, bytes.subarray(first), from + first);
}

/** The bundle whose log is shown, with the log's hash; undefined where what is shown is not what was diagnosed. */
function holding(
  bundles: readonly Bundle[],
  reference: LogDocument["reference"],
): [Bundle, string] | undefined {
  for (const bundle of bundles) {
    const log = logIn(bundle);
    const isShown =
      reference.kind === "bundle"
        ? reference.bundleId === bundle.id && reference.path === log?.name
        : reference.sha256 === log?.sha256;
    if (log && isShown) return [bundle, log.sha256];
  }
  return undefined;
}

function diagnosticOf(
  document: vscode.TextDocument,
  { line, isLesser, finding }: LocatedFinding,
): vscode.Diagnostic {
  const { range } = document.lineAt(Math.min(line, document.lineCount - 1));
  const diagnostic = new vscode.Diagnostic(range, finding.text, isLesser ? warning : fault);
  diagnostic.source = "portwright";
  diagnostic.code = finding.kind;
  return diagnostic;
}
