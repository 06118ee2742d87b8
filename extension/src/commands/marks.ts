import type { CallParams, Case } from "@portwright/server/protocol";
import * as vscode from "vscode";
import { type MarkAction, markActions } from "../cases/actions.ts";
import { shownStates } from "../cases/portFilter.ts";
import { portName } from "../cases/words.ts";
import type { Services } from "../services.ts";
import { type ChosenCase, chooseCases } from "./chooseCase.ts";
import { severally } from "./severally.ts";

const { t } = vscode.l10n;
const hour = 3_600_000;

type Mark = Omit<CallParams<"case/mark">, "case" | "target">;

export async function ignore(services: Services, node: unknown, selected: readonly unknown[]): Promise<void> {
  const cases = await choose(services, "ignore", node, selected);
  if (cases.length === 0) return;
  const reason = await vscode.window.showInputBox({
    title: t("Ignore {0}", namesOf(cases)),
    prompt: t("Why? It stands in the notes. No work is done on it until it is shown again."),
  });
  if (reason !== undefined) await mark(cases, { ignored: true, reason: reason.trim() }, t("ignored"));
}

export async function unignore(
  services: Services,
  node: unknown,
  selected: readonly unknown[],
): Promise<void> {
  const cases = await choose(services, "unignore", node, selected);
  await mark(cases, { ignored: false }, t("not ignored any more"));
}

export async function snooze(services: Services, node: unknown, selected: readonly unknown[]): Promise<void> {
  const cases = await choose(services, "snooze", node, selected);
  if (cases.length === 0) return;
  const picks = [
    { label: t("For an hour"), ms: hour },
    { label: t("For a day"), ms: 24 * hour },
    { label: t("For a week"), ms: 7 * 24 * hour },
    { label: t("For 30 days"), ms: 30 * 24 * hour },
  ];
  const picked = await vscode.window.showQuickPick(picks, { title: t("Snooze {0}", namesOf(cases)) });
  if (picked) await mark(cases, { snoozedUntil: Date.now() + picked.ms }, t("snoozed"));
}

export async function wake(services: Services, node: unknown, selected: readonly unknown[]): Promise<void> {
  const cases = await choose(services, "wake", node, selected);
  await mark(cases, { snoozedUntil: null }, t("not snoozed any more"));
}

export async function assign(services: Services, node: unknown, selected: readonly unknown[]): Promise<void> {
  const cases = await chooseCases(services.builders, node, selected, {
    states: shownStates,
    fits: () => true,
  });
  if (cases.length === 0) return;
  const { me } = services.choice.view;
  const other = { label: t("Somebody else..."), who: undefined };
  const picks = [{ label: t("Me ({0})", me), who: me }, { label: t("Nobody"), who: null }, other];
  const title = t("Assign {0}", namesOf(cases));
  const picked = await vscode.window.showQuickPick(picks, { title });
  if (!picked) return;
  const assignee =
    picked === other
      ? (await vscode.window.showInputBox({ title, prompt: t("Name of who looks after it") }))?.trim()
      : picked.who;
  if (assignee === undefined || assignee === "") return;
  await mark(
    cases,
    { assignee },
    assignee === null ? t("assigned to nobody") : t("assigned to {0}", assignee),
  );
}

/** Of the cases chosen, those on which the mark can be set or taken away. */
async function choose(
  { builders }: Services,
  action: MarkAction,
  node: unknown,
  selected: readonly unknown[],
): Promise<ChosenCase[]> {
  const fits = (subject: Case): boolean => markActions(subject, Date.now()).includes(action);
  const cases = await chooseCases(builders, node, selected, { states: shownStates, fits });
  return cases.filter(({ subject }) => fits(subject));
}

async function mark(cases: readonly ChosenCase[], marks: Mark, said: string): Promise<void> {
  if (cases.length === 0) return;
  await severally(cases, ({ builder, subject }) =>
    builder.connection.call("case/mark", { case: subject.id, ...marks }),
  );
  vscode.window.setStatusBarMessage(`$(check) ${namesOf(cases)}: ${said}`, 5000);
}

function namesOf(cases: readonly ChosenCase[]): string {
  const [only] = cases;
  return only && cases.length === 1 ? portName(only.subject) : t("{0} ports", cases.length);
}
