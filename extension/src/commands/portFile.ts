import * as vscode from "vscode";
import type { Call } from "../connection/client.ts";
import { ServerError } from "../connection/errors.ts";
import { documentUri } from "../documents/fileSystem.ts";
import type { Services } from "../services.ts";
import { chooseEnvironment } from "./environments.ts";

const { t } = vscode.l10n;
const originPattern = /^[\w+.-]+\/[\w+.@-]+$/;

/** Opens a file of a port as an environment has it: the port itself, and what DeltaPorts adds to it. */
export async function openPortFile(services: Services, node: unknown): Promise<void> {
  const chosen = await chooseEnvironment(services, node);
  if (!chosen) return;
  const { builder, name } = chosen;
  const title = t("Open Port in {0}", name);
  const origin = await vscode.window.showInputBox({
    ...{ title, placeHolder: "category/port", ignoreFocusOut: true },
    validateInput: (value) =>
      originPattern.test(value) ? undefined : t("A category and a port are needed, such as ftp/curl."),
  });
  if (origin === undefined) return;
  const port = `/work/DPorts/${origin}`;
  const overlay = `/work/DeltaPorts/ports/${origin}`;
  const folders = [port, `${port}/files`, `${port}/dragonfly`, overlay];
  const inOverlay = ["dragonfly", "diffs", "newport"].map((folder) => `${overlay}/${folder}`);
  const files = await Promise.all(
    [...folders, ...inOverlay].map((folder) => filesIn(builder.connection.call, name, folder)),
  );
  if (files.flat().length === 0) throw new Error(t("{0} has no port {1}.", name, origin));
  const picks = files.flat().map((path) => ({ label: path.slice("/work/".length), path }));
  const picked = await vscode.window.showQuickPick(picks, { title, placeHolder: t("Which file?") });
  if (!picked) return;
  const reference = { kind: "environment", environment: name, path: picked.path } as const;
  await vscode.window.showTextDocument(documentUri(builder.name, reference));
}

/** None in a folder that is not there. */
async function filesIn(call: Call, name: string, path: string): Promise<string[]> {
  try {
    const { entries } = await call("env/readDirectory", { name, path });
    return entries.filter((entry) => !entry.endsWith("/")).map((entry) => `${path}/${entry}`);
  } catch (error) {
    if (error instanceof ServerError && error.kind === "notFound") return [];
    throw error;
  }
}
