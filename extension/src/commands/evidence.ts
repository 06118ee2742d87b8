import type { Artifact, Bundle } from "@portwright/server/protocol";
import * as vscode from "vscode";
import { anyCase } from "../cases/actions.ts";
import { portName } from "../cases/words.ts";
import type { Call } from "../connection/client.ts";
import { logIn } from "../documents/bundleLog.ts";
import { documentUri } from "../documents/fileSystem.ts";
import type { Services } from "../services.ts";
import { type ChosenCase, chooseCase } from "./chooseCase.ts";
import { pickFolder, saveFiles, tellFolder } from "./exportFiles.ts";

const { t } = vscode.l10n;

/** A case with the bundle of the row, or with its newest one. */
export interface ChosenBundle extends ChosenCase {
  bundle: Bundle;
}

export async function chooseBundle({ builders }: Services, node: unknown): Promise<ChosenBundle | undefined> {
  const chosen = await chooseCase(builders, node, anyCase);
  if (!chosen) return undefined;
  const { builder, subject } = chosen;
  const bundle = bundleOf(node) ?? (await findBundle(builder.connection.call, subject.id, node));
  if (!bundle) throw new Error(t("There is no evidence of {0}.", portName(subject)));
  return { ...chosen, bundle };
}

function bundleOf(node: unknown): Bundle | undefined {
  return typeof node === "object" && node !== null && "bundle" in node ? (node.bundle as Bundle) : undefined;
}

/** The one that the row names, as long as it is among the newest, or the newest one. */
async function findBundle(call: Call, caseId: string, node: unknown): Promise<Bundle | undefined> {
  const { case: subject, bundles } = await call("case/get", { case: caseId });
  const named = typeof node === "object" && node !== null && "bundleId" in node ? node.bundleId : null;
  return (
    bundles.find(({ id }) => id === named) ?? bundles.find(({ id }) => id === subject.bundleId) ?? bundles[0]
  );
}

/** The bundle's log. Throws where it holds none. */
export function logOf({ subject, bundle }: ChosenBundle): Artifact {
  const log = logIn(bundle);
  if (!log) throw new Error(t("The evidence of {0} holds no log.", portName(subject)));
  return log;
}

/** Opens a file of the bundle, or the whole of it as a folder in a window of its own. */
export async function openEvidence(services: Services, node: unknown): Promise<void> {
  const chosen = await chooseBundle(services, node);
  if (!chosen) return;
  const { builder, subject, bundle } = chosen;
  const uriOf = (path: string): vscode.Uri =>
    documentUri(builder.name, { kind: "bundle", caseId: subject.id, bundleId: bundle.id, path });
  const files = bundle.artifacts.map(({ name, bytes }) => ({
    ...{ label: name, description: t("{0} KB", Math.ceil(bytes / 1024)), path: name },
  }));
  const folder = { label: `$(folder) ${t("Open as a folder")}`, description: t("in a new window"), path: "" };
  const picked = await vscode.window.showQuickPick([...files, folder], {
    title: t("Evidence of {0}", portName(subject)),
  });
  if (!picked) return;
  if (picked.path) await vscode.window.showTextDocument(uriOf(picked.path));
  else await vscode.commands.executeCommand("vscode.openFolder", uriOf(""), { forceNewWindow: true });
}

/** Writes the files of a bundle into a folder of the person's machine. */
export async function exportBundle(services: Services, node: unknown): Promise<void> {
  const chosen = await chooseBundle(services, node);
  if (!chosen) return;
  const { builder, subject, bundle } = chosen;
  const name = `${portName(subject)}-${bundle.id}`;
  const folder = await pickFolder(t("Export the evidence of {0}", portName(subject)), name);
  if (!folder) return;
  const { call } = builder.connection;
  if (!(await saveFiles(call, t("Exporting evidence"), folder, bundle.artifacts))) return;
  const facts = Buffer.from(`${JSON.stringify(bundle, null, 2)}\n`);
  await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder, "bundle.json"), facts);
  await tellFolder(folder);
}

/** The failing log beside the newest log of a build of the same port that went well. */
export async function compareWithLastGood(services: Services, node: unknown): Promise<void> {
  const chosen = await chooseBundle(services, node);
  if (!chosen) return;
  const { builder, subject } = chosen;
  const name = portName(subject);
  const { log, reason } = await builder.connection.call("case/lastGood", { case: subject.id });
  if (!log) throw new Error(t("No log of a good build of {0} is known: {1}", name, reason));
  const good = { kind: "artifact", sha256: log.sha256, name: `${name}.good.log` } as const;
  const { sha256 } = logOf(chosen);
  const bad = { kind: "artifact", sha256, name: `${name}.log`, caseId: subject.id } as const;
  await vscode.commands.executeCommand(
    "vscode.diff",
    documentUri(builder.name, good),
    documentUri(builder.name, bad),
    t("{0}: last good log ({1}) and failing log", name, log.source),
  );
}
