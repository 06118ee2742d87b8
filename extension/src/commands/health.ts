import type { Check } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { Services } from "../services.ts";
import { chooseBuilder } from "./chooseBuilder.ts";

const { t } = vscode.l10n;

/** Looks at everything on a builder that has to be in order, and shows what is not first. */
export async function doctor({ builders, reports }: Services, node: unknown): Promise<void> {
  const builder = await chooseBuilder(builders, node);
  if (!builder) return;
  const { checks } = await withCancel(t("Looking at {0}", builder.name), (signal) =>
    builder.connection.call("doctor", {}, signal),
  );
  const wrong = checks.filter(({ ok }) => !ok);
  const head =
    wrong.length === 0
      ? t("{0}: all is well", builder.name)
      : t("{0}: {1} of {2} checks need you", builder.name, wrong.length, checks.length);
  const lines = [...wrong, ...checks.filter(({ ok }) => ok)].map(checkLine);
  await reports.show(`${builder.name}.doctor.txt`, [head, "", ...lines, ""].join("\n"));
}

const checkLine = ({ name, ok, message }: Check): string => `${ok ? "ok  " : "FAIL"}  ${name}: ${message}`;

/** One text for who is asked for help; secrets are taken out where it is made. */
export async function collectDiagnostics(
  { builders, reports, version }: Services,
  node: unknown,
): Promise<void> {
  const builder = await chooseBuilder(builders, node);
  if (!builder) return;
  const { definition, connection } = builder;
  const editor = [
    `extension ${version}, ${vscode.env.appName} ${vscode.version}, ${process.platform} ${process.arch}`,
    `builder ${builder.name}: type ${definition.type}, ssh ${definition.ssh}, ${connection.state.name}`,
    `server can: ${connection.capabilities.join(", ") || "(not connected)"}`,
  ];
  const { text } = await withCancel(t("Collecting diagnostics of {0}", builder.name), (signal) =>
    connection.call("diagnostics/collect", {}, signal),
  );
  await reports.show(`${builder.name}.diagnostics.txt`, `${editor.join("\n")}\n\n${text}`);
}

function withCancel<T>(title: string, work: (signal: AbortSignal) => Promise<T>): Thenable<T> {
  const { Notification: location } = vscode.ProgressLocation;
  return vscode.window.withProgress({ location, title, cancellable: true }, (_, token) => {
    const cancelled = new AbortController();
    token.onCancellationRequested(() => cancelled.abort());
    return work(cancelled.signal);
  });
}
