import * as vscode from "vscode";
import type { Builders } from "../builders/builders.ts";
import { documentScheme } from "../contributions.ts";
import { artifactSize } from "./artifact.ts";
import { documentUri } from "./fileSystem.ts";
import { type Part, partAfter, partBefore } from "./logPart.ts";
import { parseDocumentAddress } from "./reference.ts";

const { t } = vscode.l10n;

/** Over the first and below the last line of a part of a log: what is shown, and the way to the parts beside it. */
export function offerLogParts(builders: Builders): vscode.Disposable {
  return vscode.languages.registerCodeLensProvider(
    { scheme: documentScheme },
    { provideCodeLenses: (document) => lensesOf(builders, document) },
  );
}

async function lensesOf(
  builders: Builders,
  { uri, lineCount }: vscode.TextDocument,
): Promise<vscode.CodeLens[]> {
  const reference = parseDocumentAddress(uri);
  const builder = builders.get(uri.authority);
  if (reference?.kind !== "logPart" || !builder) return [];
  const { sha256, name, caseId } = reference;
  const bytes = await artifactSize(builder.connection.call, sha256);
  const [top, end] = [new vscode.Range(0, 0, 0, 0), new vscode.Range(lineCount - 1, 0, lineCount - 1, 0)];
  const open = (title: string, part: Part | null): vscode.Command | null =>
    part && {
      title,
      command: "vscode.open",
      arguments: [documentUri(builder.name, { kind: "logPart", sha256, ...part, name, caseId })],
    };
  const place = t(
    "{0} to {1} of {2} MB",
    megabytes(reference.from),
    megabytes(reference.to),
    megabytes(bytes),
  );
  const earlier = open(`$(arrow-up) ${t("Earlier part")}`, partBefore(reference));
  const later = open(`$(arrow-down) ${t("Later part")}`, partAfter(reference, bytes));
  return [
    ...(earlier ? [new vscode.CodeLens(top, earlier)] : []),
    new vscode.CodeLens(top, { title: place, command: "" }),
    ...(later ? [new vscode.CodeLens(end, later)] : []),
  ];
}

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);
