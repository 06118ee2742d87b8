import * as vscode from "vscode";
import { busyCase } from "../cases/actions.ts";
import { portName } from "../cases/words.ts";
import type { Services } from "../services.ts";
import { chooseCase } from "./chooseCase.ts";

const { t } = vscode.l10n;

/** Tells a running attempt something at its next turn; without one it waits for the next attempt. */
export async function steer({ builders }: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(builders, node, busyCase);
  if (!chosen) return;
  const { builder, subject } = chosen;
  const text = await vscode.window.showInputBox({
    title: t("Steer the attempt at {0}", portName(subject)),
    prompt: t("It is told at the next turn."),
    ignoreFocusOut: true,
    validateInput: (value) => (value.trim() ? undefined : t("Say what the agent should do.")),
  });
  if (text === undefined) return;
  const mode = subject.state === "patching" ? "steer" : "queue";
  const { steering } = await builder.connection.call("session/steer", { case: subject.id, text, mode });
  const told =
    steering.mode === "steer" ? t("It is told at the next turn.") : t("It waits for the next attempt.");
  vscode.window.setStatusBarMessage(`$(check) ${told}`, 5000);
}

export const pause = (services: Services, node: unknown): Promise<void> => hold(services, node, "pause");
export const resume = (services: Services, node: unknown): Promise<void> => hold(services, node, "resume");

async function hold({ builders }: Services, node: unknown, what: "pause" | "resume"): Promise<void> {
  const chosen = await chooseCase(builders, node, busyCase);
  if (!chosen) return;
  const { builder, subject } = chosen;
  await builder.connection.call(`session/${what}`, { case: subject.id });
  const name = portName(subject);
  const text = what === "pause" ? t("{0} pauses before its next turn", name) : t("{0} goes on", name);
  vscode.window.setStatusBarMessage(`$(check) ${text}`, 5000);
}
