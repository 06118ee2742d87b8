import * as vscode from "vscode";
import { anyCase } from "../cases/actions.ts";
import { portName } from "../cases/words.ts";
import { documentUri } from "../documents/fileSystem.ts";
import type { Services } from "../services.ts";
import { chooseBuilder } from "./chooseBuilder.ts";
import { chooseCase } from "./chooseCase.ts";

const { t } = vscode.l10n;

/** A file of the policy that is in force, to be read; it is edited where the server runs. */
export async function openPolicy({ builders }: Services, node: unknown): Promise<void> {
  const builder = await chooseBuilder(builders, node);
  if (!builder) return;
  const { folder, files } = await builder.connection.call("policy/files", {});
  const picked = await vscode.window.showQuickPick(
    files.map(({ path }) => path),
    { title: t("Policy of {0}: {1}", builder.name, folder) },
  );
  if (picked === undefined) return;
  await vscode.window.showTextDocument(documentUri(builder.name, { kind: "policyFile", name: picked }));
  vscode.window.setStatusBarMessage(t("Edit it on the builder, in {0}", folder), 10_000);
}

export async function checkPolicy({ builders, log }: Services, node: unknown): Promise<void> {
  const builder = await chooseBuilder(builders, node);
  if (!builder) return;
  const {
    problems,
    rules,
    recipes,
    prompts,
    playbooks = 0,
  } = await builder.connection.call("policy/check", {});
  if (problems.length === 0) {
    const counts = t(
      "{0} rules, {1} recipes, {2} prompts, {3} playbooks",
      ...[rules, recipes, prompts, playbooks],
    );
    void vscode.window.showInformationMessage(t("The policy of {0} is in order: {1}.", builder.name, counts));
    return;
  }
  for (const { file, line, field, message } of problems) log.error(`${file}:${line} ${field}: ${message}`);
  const [first] = problems;
  throw new Error(
    t(
      "The policy of {0} has {1} problems; the first: {2}",
      builder.name,
      problems.length,
      `${first?.file}:${first?.line} ${first?.message}`,
    ),
  );
}

/** How the policy sees a case, rule by rule. */
export async function explainPolicy({ builders }: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(builders, node, anyCase);
  if (!chosen) return;
  const name = `${portName(chosen.subject)}.policy.txt`;
  const reference = { kind: "caseText", text: "explanation", caseId: chosen.subject.id, name } as const;
  await vscode.window.showTextDocument(documentUri(chosen.builder.name, reference));
}
