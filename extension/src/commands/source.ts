import * as vscode from "vscode";
import { anyCase } from "../cases/actions.ts";
import { portName } from "../cases/words.ts";
import { documentUri } from "../documents/fileSystem.ts";
import type { Services } from "../services.ts";
import { chooseCase } from "./chooseCase.ts";
import { haveEnvironment } from "./environments.ts";
import { reveal } from "./log.ts";
import { withCancel } from "./progress.ts";

const { t } = vscode.l10n;

/** Opens what a log or a patch names by path and line in an environment of the case's target, prepared for it when needed. */
export async function openSource(services: Services, node: unknown): Promise<void> {
  const place = readPlace(node);
  const chosen = place && (await chooseCase(services.builders, node, anyCase));
  if (!place || !chosen) return;
  const { builder, subject } = chosen;
  const { target, origin, flavor } = subject;
  if (!(await haveEnvironment(services, builder, target))) return;
  const asked = { target, origin, flavor, path: place.path };
  const title = t("Looking for {0} in the sources of {1}", place.path, portName(subject));
  const { environment, path } = await withCancel(title, (signal) =>
    builder.connection.call("env/source", asked, signal),
  );
  const uri = documentUri(builder.name, { kind: "environment", environment, path });
  reveal(await vscode.window.showTextDocument(uri), place.line - 1);
}

function readPlace(node: unknown): { path: string; line: number } | undefined {
  if (typeof node !== "object" || node === null || !("path" in node)) return undefined;
  const line = "line" in node ? Number(node.line) : 1;
  return { path: String(node.path), line: Number.isInteger(line) && line > 0 ? line : 1 };
}
