import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import { type InstallSteps, installHooks, installServer, lookAtHost } from "../builders/install.ts";
import { inert } from "../inert.ts";
import type { Services } from "../services.ts";
import { changeBuilders } from "../settings.ts";
import { chooseBuilder } from "./chooseBuilder.ts";
import { nameOf } from "./connectTo.ts";
import { doctor } from "./health.ts";

const { t } = vscode.l10n;

/** A server that was just installed answers by then. */
const startMs = 60_000;

/** Installs the server on a builder's host over the way that is configured to it, then its hooks, then looks at all. */
export async function installOnBuilder(services: Services, node: unknown): Promise<void> {
  const builder = await chooseBuilder(services.builders, node);
  if (!builder) return;
  const packed = await choosePacked();
  if (!packed) return;
  const command = await withSteps(
    services,
    builder,
    t("Installing Portwright on {0}", builder.name),
    async (steps, report) => {
      report(t("looking at the host"));
      const { system, compiles, prefix } = await lookAtHost(steps);
      if (compiles && !(await agreesToCompile(system))) return null;
      report(compiles ? t("copying, then compiling for some minutes") : t("copying and installing"));
      return installServer(steps, packed.fsPath, prefix);
    },
  );
  if (!command) return;
  await useCommand(builder, command);
  await offerHooks(services, builder, command);
  const { name } = builder;
  void vscode.window.showInformationMessage(
    t("Portwright is installed on {0}. Name its trees there with portwright init.", name),
  );
  // The settings have made another builder of it, with another command.
  await services.builders.get(name)?.connection.whenConnected(AbortSignal.timeout(startMs));
  await doctor(services, { builder: name });
}

/** The file that `npm pack -w server` makes in a clone. */
async function choosePacked(): Promise<vscode.Uri | undefined> {
  const [packed] =
    (await vscode.window.showOpenDialog({
      title: t("The packed server: portwright-server-*.tgz (npm pack -w server in a clone makes it)"),
      filters: { [t("Packed server")]: ["tgz"] },
      openLabel: t("Install"),
    })) ?? [];
  return packed;
}

async function agreesToCompile(system: string): Promise<boolean> {
  const go = t("Install");
  const detail = t(
    "For {0} the database module is compiled there: that takes some minutes, and needs python3, a C++ compiler and gmake.",
    system,
  );
  return (
    (await vscode.window.showInformationMessage(
      t("Compile on the builder?"),
      { modal: true, detail },
      go,
    )) === go
  );
}

/** The settings name the installed command, so that it is found whatever PATH is there. */
async function useCommand({ name }: Builder, command: string): Promise<void> {
  await changeBuilders((entries) =>
    entries.map((entry) => (nameOf(entry) === name ? { ...(entry as object), command: [command] } : entry)),
  );
}

/** Shows first what would be written. */
async function offerHooks(services: Services, builder: Builder, command: string): Promise<void> {
  const title = t("Hooks of {0}", builder.name);
  const plan = await withSteps(services, builder, title, (steps) => installHooks(steps, command, true)).catch(
    // A host without a builder has no hooks to install; the server is of use all the same.
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  if (plan instanceof Error) {
    void vscode.window.showWarningMessage(inert(t("The hooks are not installed: {0}", plan.message)));
    return;
  }
  await services.reports.show(`${builder.name}.hooks.txt`, plan);
  const go = t("Install Hooks");
  const question = t("Install these hooks on {0}?", builder.name);
  const detail = t(
    "They write evidence of failures from the next run on. The document shows what would be written.",
  );
  if ((await vscode.window.showInformationMessage(question, { modal: true, detail }, go)) !== go) return;
  await withSteps(services, builder, title, (steps) => installHooks(steps, command, false));
}

function withSteps<T>(
  { log }: Services,
  { name, host }: Builder,
  title: string,
  work: (steps: InstallSteps, report: (message: string) => void) => Promise<T>,
): Promise<T> {
  const { Notification: location } = vscode.ProgressLocation;
  return Promise.resolve(
    vscode.window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
      const cancelled = new AbortController();
      token.onCancellationRequested(() => cancelled.abort());
      const tell = (line: string): void => log.info(`${name}: ${line}`);
      const report = (message: string): void => progress.report({ message });
      return work({ host, tell, signal: cancelled.signal }, report);
    }),
  );
}
