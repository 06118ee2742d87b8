import type { Approval } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { Builders } from "../builders/builders.ts";
import { portName } from "../cases/words.ts";
import type { CommandId } from "../contributions.ts";
import { inert } from "../inert.ts";

const { t } = vscode.l10n;
const command: CommandId = "portwright.showSession";

/**
 * Says once that an attempt waits for a person's consent, one that waited before the builder was connected too. The call is
 * shown in full where he gives it, and nowhere shorter.
 */
export function tellOfConsent(builders: Builders, onError: (error: unknown) => void): { dispose(): void } {
  const told = new Set<string>();
  const tellOnce = (builder: Builder, approvals: Iterable<Approval>): void => {
    for (const approval of approvals) {
      if (approval.state !== "waiting" || told.has(approval.id)) continue;
      told.add(approval.id);
      tell(builder, approval).catch(onError);
    }
  };
  return vscode.Disposable.from(
    builders.onEvents(({ builder, events }) => {
      // After a lost connection an answer may come with its question.
      const newest = new Map<string, Approval>();
      for (const { type, payload } of events)
        if (type === "approval/changed") newest.set(payload.id, payload);
      tellOnce(builder, newest.values());
    }),
    builders.onState((builder) => {
      if (!builder.connection.capabilities.includes("sessions")) return;
      waitingAt(builder).then((approvals) => tellOnce(builder, approvals), onError);
    }),
  );
}

async function waitingAt({ connection }: Builder): Promise<Approval[]> {
  const { sessions } = await connection.call("sessions/list", {});
  return sessions.flatMap(({ approval }) => approval ?? []);
}

async function tell({ name, book, connection }: Builder, { caseId, tool }: Approval): Promise<void> {
  const subject = book.get(caseId) ?? (await connection.call("case/get", { case: caseId })).case;
  const show = t("Show Session");
  const message = t("{0}: the agent asks for your consent to {1}.", portName(subject), tool);
  if ((await vscode.window.showInformationMessage(inert(message), show)) === show)
    await vscode.commands.executeCommand(command, { kind: "case", builder: name, caseId });
}
