import type { DeliveryPreview } from "@portwright/server/protocol";
import * as vscode from "vscode";
import { allowing } from "../cases/actions.ts";
import { portName } from "../cases/words.ts";
import { documentUri } from "../documents/fileSystem.ts";
import { inert } from "../inert.ts";
import type { Services } from "../services.ts";
import { type ChosenCase, chooseCase } from "./chooseCase.ts";
import { pushChosen } from "./push.ts";

const { t } = vscode.l10n;

/** Shows what a delivery would do, and does it when the person agrees. */
export async function deliver(services: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(services.builders, node, allowing("deliver"));
  if (!chosen) return;
  const { builder, subject } = chosen;
  const name = portName(subject);
  const { call } = builder.connection;
  const preview = await call("delivery/preview", { case: subject.id });
  if (preview.problems.length > 0)
    throw new Error(t("{0} cannot be delivered: {1}", name, preview.problems.join("; ")));
  const go = t("Deliver");
  const read = t("Read the Message");
  const answer = await vscode.window.showInformationMessage(
    t("Deliver the fix of {0}?", name),
    { modal: true, detail: previewText(preview) },
    go,
    read,
  );
  if (answer === read) await showMessage(chosen);
  if (answer !== go) return;
  const { delivery } = await call("delivery/apply", { case: subject.id });
  const copy = t("Copy Branch Name");
  const undo = t("Undo");
  const push = t("Push...");
  const canPush = builder.connection.capabilities.includes("forge");
  const next = await vscode.window.showInformationMessage(
    inert(
      t(
        "{0} is delivered as branch {1} in {2}. Push it when you are content with it.",
        name,
        delivery.branch,
        delivery.repository,
      ),
    ),
    ...[...(canPush ? [push] : []), copy, undo],
  );
  if (next === push) await pushChosen(services, chosen);
  if (next === copy) await vscode.env.clipboard.writeText(delivery.branch);
  if (next === undo) await takeBack(chosen);
}

function previewText({ repository, branch, base, files, push }: DeliveryPreview): string {
  return [
    t("Repository: {0}", repository),
    t("Branch: {0}", branch),
    t("From commit: {0}", base.slice(0, 12)),
    ...(push ? [t("Pushed later, if you say so, to: {0}", push.remote)] : []),
    "",
    ...files.map(({ path, status }) => `${status}  ${path}`),
  ].join("\n");
}

async function showMessage({ builder, subject }: ChosenCase): Promise<void> {
  const name = `${portName(subject)}.commit.txt`;
  const reference = { kind: "caseText", text: "delivery", caseId: subject.id, name } as const;
  await vscode.window.showTextDocument(documentUri(builder.name, reference));
}

/** Takes a delivered branch out of the repository again. */
export async function undoDelivery({ builders }: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(builders, node, allowing("undoDelivery"));
  if (chosen) await takeBack(chosen);
}

async function takeBack({ builder, subject }: ChosenCase): Promise<void> {
  const { delivery } = await builder.connection.call("delivery/undo", { case: subject.id });
  const text = t("{0} is gone; {1} is accepted as before.", delivery.branch, portName(subject));
  vscode.window.setStatusBarMessage(`$(check) ${text}`, 5000);
}
