import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import { ServerError } from "../connection/errors.ts";
import { terminalCommand } from "../connection/terminal.ts";
import { editedTree } from "../environments/rows.ts";
import type { Services } from "../services.ts";
import { chooseBuilder } from "./chooseBuilder.ts";
import { showChecks } from "./health.ts";
import { withCancel } from "./progress.ts";

const { t } = vscode.l10n;
const namePattern = /^[a-z0-9][a-z0-9-]{0,39}$/;

interface ChosenEnvironment {
  builder: Builder;
  name: string;
}

/** The environment of the row, or one that the person picks. */
export async function chooseEnvironment(
  { builders }: Services,
  node: unknown,
): Promise<ChosenEnvironment | undefined> {
  const builder = await chooseBuilder(builders, node);
  if (!builder) return undefined;
  const named = typeof node === "object" && node !== null && "environment" in node ? node.environment : null;
  if (named !== null) return { builder, name: String(named) };
  const { environments } = await builder.connection.call("env/list", {});
  const picks = environments
    .filter(({ ofJob }) => !ofJob)
    .map(({ name, target, problem }) => ({
      label: name,
      description: target,
      ...(problem && { detail: problem }),
    }));
  if (picks.length === 0)
    throw new Error(t('There is no environment yet: "Portwright: Create Environment..." makes one.'));
  const picked = await vscode.window.showQuickPick(picks, { placeHolder: t("Which environment?") });
  return picked && { builder, name: picked.label };
}

export async function createEnvironment(services: Services, node: unknown): Promise<void> {
  const builder = await chooseBuilder(services.builders, node);
  if (builder) await make(services, builder, null);
}

/** Whether there is an environment of the target to look into; offers to make one where there is none. */
export async function haveEnvironment(
  services: Services,
  builder: Builder,
  target: string,
): Promise<boolean> {
  const { environments } = await builder.connection.call("env/list", {});
  if (environments.some((info) => info.target === target && !info.ofJob)) return true;
  const create = t("Create Environment...");
  const question = t("Sources are shown as an environment of {0} has them, and there is none yet.", target);
  if ((await vscode.window.showInformationMessage(question, { modal: true }, create)) !== create)
    return false;
  return make(services, builder, target);
}

/** False when the person gave up; `target` null lets him choose. */
async function make(services: Services, builder: Builder, target: string | null): Promise<boolean> {
  const title = t("Create Environment");
  const name = await vscode.window.showInputBox({
    ...{ title, prompt: t("Name"), ignoreFocusOut: true },
    validateInput: (value) =>
      namePattern.test(value) ? undefined : t("At most 40 small letters, digits and hyphens are needed."),
  });
  if (name === undefined) return false;
  const of = target === null ? await chooseTarget(builder, title) : { target };
  if (!of) return false;
  await withCancel(t("Creating environment {0}", name), (signal) =>
    builder.connection.call("env/create", { name, ...of }, signal),
  );
  done(services, t("{0} is ready", name));
  return true;
}

/** Undefined when the person gave up; without a target when it is for none. */
async function chooseTarget(builder: Builder, title: string): Promise<{ target?: string } | undefined> {
  const targets = builder.book.lists.targets.map(({ key }) => ({ label: key, of: { target: key } }));
  const none = { label: t("No target"), description: t("to try things out"), of: {} };
  const placeHolder = t("Built for which target?");
  return (await vscode.window.showQuickPick([...targets, none], { title, placeHolder }))?.of;
}

/** Makes it anew where the source trees are now; edits are dropped only when the person says so. */
export async function updateEnvironment(services: Services, node: unknown): Promise<void> {
  const chosen = await chooseEnvironment(services, node);
  if (!chosen) return;
  const { builder, name } = chosen;
  const update = (force: boolean) =>
    withCancel(t("Updating environment {0}", name), (signal) =>
      builder.connection.call("env/update", { name, force }, signal),
    );
  let updated: Awaited<ReturnType<typeof update>>;
  try {
    updated = await update(false);
  } catch (error) {
    if (!(error instanceof ServerError && error.kind === "badState" && (await isEdited(chosen)))) throw error;
    const drop = t("Drop the Edits");
    const detail = error.message;
    const question = t("{0} has edits.", name);
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, drop)) !== drop) return;
    updated = await update(true);
  }
  const moved = updated.changes.filter(({ before, after }) => before !== after);
  const text = moved.map(({ tree, after }) => `${tree} ${after.slice(0, 12)}`).join(", ");
  done(services, text ? t("{0} is at {1}", name, text) : t("{0} is up to date", name));
}

async function isEdited({ builder, name }: ChosenEnvironment): Promise<boolean> {
  const { trees } = await builder.connection.call("env/status", { name });
  return trees[editedTree]?.dirty === true;
}

export async function resetEnvironment(services: Services, node: unknown): Promise<void> {
  const chosen = await chooseEnvironment(services, node);
  if (!chosen) return;
  const { builder, name } = chosen;
  const question = t("Reset {0}? Its edits, work directories and logs are gone then.", name);
  if (!(await isSure(question, t("Reset")))) return;
  await withCancel(t("Resetting environment {0}", name), (signal) =>
    builder.connection.call("env/reset", { name }, signal),
  );
  done(services, t("{0} is as it was made", name));
}

export async function destroyEnvironment(services: Services, node: unknown): Promise<void> {
  const chosen = await chooseEnvironment(services, node);
  if (!chosen) return;
  const { builder, name } = chosen;
  if (!(await isSure(t("Destroy {0} with everything in it?", name), t("Destroy")))) return;
  await withCancel(t("Destroying environment {0}", name), (signal) =>
    builder.connection.call("env/destroy", { name }, signal),
  );
  done(services, t("{0} is gone", name));
}

/** A shell in the environment, on the builder's host. */
export async function openEnvironmentTerminal(services: Services, node: unknown): Promise<void> {
  const chosen = await chooseEnvironment(services, node);
  if (!chosen) return;
  const { builder, name } = chosen;
  const [shellPath, ...shellArgs] = terminalCommand(builder.definition, ["env", "shell", name]);
  vscode.window.createTerminal({ name: `${builder.name}: ${name}`, shellPath, shellArgs }).show();
}

export async function environmentDoctor(services: Services, node: unknown): Promise<void> {
  const builder = await chooseBuilder(services.builders, node);
  if (!builder) return;
  const { checks } = await withCancel(t("Looking at the environments of {0}", builder.name), (signal) =>
    builder.connection.call("env/doctor", {}, signal),
  );
  await showChecks(services, `${builder.name}.environments.txt`, builder.name, checks);
}

async function isSure(question: string, action: string): Promise<boolean> {
  return (await vscode.window.showWarningMessage(question, { modal: true }, action)) === action;
}

function done({ environments }: Services, text: string): void {
  environments.redraw();
  vscode.window.setStatusBarMessage(`$(check) ${text}`, 5000);
}
