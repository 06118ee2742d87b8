import { checkText } from "@portwright/server/attention";
import type { Check } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { Services } from "../services.ts";
import { chooseBuilder } from "./chooseBuilder.ts";
import { withCancel } from "./progress.ts";

const { t } = vscode.l10n;

/** Looks at everything on a builder that has to be in order, and shows what is not first. */
export async function doctor(services: Services, node: unknown): Promise<void> {
  const builder = await chooseBuilder(services.builders, node);
  if (!builder) return;
  const { checks } = await withCancel(t("Looking at {0}", builder.name), (signal) =>
    builder.connection.call("doctor", {}, signal),
  );
  await showChecks(services, `${builder.name}.doctor.txt`, builder.name, checks);
}

/** Checks as a document, those that are not in order first. */
export async function showChecks(
  { reports }: Pick<Services, "reports">,
  document: string,
  builder: string,
  checks: readonly Check[],
): Promise<void> {
  const wrong = checks.filter(({ ok }) => !ok);
  const head =
    wrong.length === 0
      ? t("{0}: all is well", builder)
      : t("{0}: {1} of {2} checks need you", builder, wrong.length, checks.length);
  const lines = [...wrong, ...checks.filter(({ ok }) => ok)].map(checkLine);
  await reports.show(document, [head, "", ...lines, ""].join("\n"));
}

const checkLine = (check: Check): string =>
  `${check.ok ? "ok  " : "FAIL"}  ${check.name}: ${checkText(check)}`;

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
