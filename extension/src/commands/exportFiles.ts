import * as vscode from "vscode";
import type { Call } from "../connection/client.ts";
import { pathInFolder, readArtifact } from "../documents/artifact.ts";

const { t } = vscode.l10n;

/** A stored content, and the name that it has in the folder. */
export interface ExportedFile {
  name: string;
  sha256: string;
}

/** A new folder of that name below the one that the person picks on his machine; undefined when he picks none. */
export async function pickFolder(title: string, name: string): Promise<vscode.Uri | undefined> {
  const [parent] =
    (await vscode.window.showOpenDialog({
      ...{ canSelectFiles: false, canSelectFolders: true, openLabel: t("Export Here"), title },
    })) ?? [];
  return parent && vscode.Uri.joinPath(parent, name.replace(/[^\w@.+-]+/g, "_"));
}

/** Fetches the files into the folder; false when the person cancelled. */
export async function saveFiles(
  call: Call,
  title: string,
  folder: vscode.Uri,
  files: readonly ExportedFile[],
): Promise<boolean> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      for (const { name, sha256 } of files) {
        if (token.isCancellationRequested) return false;
        progress.report({ message: name, increment: 100 / files.length });
        const content = await readArtifact(call, sha256);
        await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder, ...pathInFolder(name)), content);
      }
      return true;
    },
  );
}

export async function tellFolder(folder: vscode.Uri): Promise<void> {
  const show = t("Open Folder");
  const answer = await vscode.window.showInformationMessage(t("Exported to {0}", folder.fsPath), show);
  if (answer === show) await vscode.commands.executeCommand("revealFileInOS", folder);
}
