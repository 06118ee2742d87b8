import type { Bundle } from "@portwright/server/protocol";
import * as vscode from "vscode";
import { portName } from "../cases/words.ts";
import type { Call } from "../connection/client.ts";
import { countLines, readArtifact } from "../documents/content.ts";
import { findSides } from "../documents/diffSides.ts";
import { documentUri } from "../documents/fileSystem.ts";
import type { Services } from "../services.ts";
import { chooseCase } from "./chooseCase.ts";

const { t } = vscode.l10n;
const logNames = ["logs/full.log", "logs/errors.txt"];

/** The log of the row's bundle, or of the case's newest, with the root cause selected. */
export async function openLog({ builders }: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(builders, node, () => true);
  if (!chosen) return;
  const { builder, subject } = chosen;
  const { call } = builder.connection;
  const bundle = bundleOf(node) ?? (await newestBundle(call, subject.id));
  const log = logNames
    .map((name) => bundle?.artifacts.find((artifact) => artifact.name === name))
    .find(Boolean);
  if (!bundle || !log) throw new Error(t("The evidence of {0} holds no log.", portName(subject)));
  const uri = documentUri(builder.name, {
    kind: "artifact",
    sha256: log.sha256,
    name: `${portName(subject)}.log`,
  });
  const editor = await vscode.window.showTextDocument(uri);
  const { cause } = bundle.diagnosis;
  const line = cause
    ? countLines(await readArtifact(call, log.sha256, cause.offset))
    : editor.document.lineCount - 1;
  const { range } = editor.document.lineAt(Math.min(line, editor.document.lineCount - 1));
  editor.selection = new vscode.Selection(range.start, range.end);
  editor.revealRange(range, vscode.TextEditorRevealType.InCenter);
}

function bundleOf(node: unknown): Bundle | undefined {
  return typeof node === "object" && node !== null && "bundle" in node ? (node.bundle as Bundle) : undefined;
}

async function newestBundle(call: Call, caseId: string): Promise<Bundle | undefined> {
  const { case: subject, bundles } = await call("case/get", { case: caseId });
  return bundles.find(({ id }) => id === subject.bundleId) ?? bundles[0];
}

/** A diff of one file beside its original where that can be had, else the unified diff as it is. */
export async function openDiff({ builders }: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(builders, node, ({ diffSha256 }) => diffSha256 !== null);
  if (!chosen) return;
  const { builder, subject } = chosen;
  const { call } = builder.connection;
  const name = portName(subject);
  const { sha256, diff, proved } = await call("case/diff", { case: subject.id });
  const bundle = await newestBundle(call, subject.id);
  const sides = await findSides(call, {
    sha256,
    diff,
    origin: subject.origin,
    artifacts: bundle?.artifacts ?? [],
  });
  if (!sides) {
    const whole = documentUri(builder.name, { kind: "artifact", sha256, name: `${name}.diff` });
    await vscode.window.showTextDocument(whole);
    return;
  }
  const file = sides.right.name.split("/").at(-1) ?? "";
  const state = proved ? t("proved") : t("not proved");
  await vscode.commands.executeCommand(
    "vscode.diff",
    documentUri(builder.name, sides.left),
    documentUri(builder.name, sides.right),
    t("{0}: {1} ({2})", name, file, state),
  );
}

export async function showSession({ builders, sessions }: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(builders, node, ({ attempts }) => attempts > 0);
  if (!chosen) return;
  const { builder, subject } = chosen;
  sessions.show({ builder: builder.name, caseId: subject.id }, portName(subject), attemptNumberOf(node));
}

function attemptNumberOf(node: unknown): number | null {
  const attempt = typeof node === "object" && node !== null && "attempt" in node ? node.attempt : null;
  return typeof attempt === "object" && attempt !== null && "number" in attempt
    ? Number(attempt.number)
    : null;
}

export async function showHandOver({ builders }: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(builders, node, ({ handOver }) => handOver !== null);
  if (!chosen) return;
  const { id: caseId } = chosen.subject;
  const name = `${portName(chosen.subject)}.txt`;
  const uri = documentUri(chosen.builder.name, { kind: "handOver", caseId, name });
  await vscode.window.showTextDocument(uri);
}
