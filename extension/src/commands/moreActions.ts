import * as vscode from "vscode";
import { anyCase } from "../cases/actions.ts";
import { portCase } from "../cases/published.ts";
import { portName } from "../cases/words.ts";
import type { Services } from "../services.ts";
import { chooseCase } from "./chooseCase.ts";

const { t } = vscode.l10n;

/** What other extensions offer for a case. */
export async function moreActions({ builders, published }: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(builders, node, anyCase);
  if (!chosen) return;
  const subject = portCase(chosen.builder.name, chosen.subject);
  const name = portName(chosen.subject);
  const picks = published
    .actionsFor(subject)
    .map((action) => ({ label: action.label, ...(action.detail && { detail: action.detail }), action }));
  if (picks.length === 0) throw new Error(t("No other extension offers anything for {0}.", name));
  const picked = await vscode.window.showQuickPick(picks, { title: name });
  await picked?.action.run(subject);
}
