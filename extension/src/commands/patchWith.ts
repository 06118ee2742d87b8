import type { CallParams, ModelInfo, Tier } from "@portwright/server/protocol";
import * as vscode from "vscode";
import { allowing } from "../cases/actions.ts";
import { portName } from "../cases/words.ts";
import type { Services } from "../services.ts";
import { chooseCase } from "./chooseCase.ts";
import { followWork } from "./work.ts";

const { t } = vscode.l10n;

type Budget = NonNullable<CallParams<"case/patch">["budget"]>;

/** Runs an attempt with a tier, a model and a budget that the person picks. */
export async function patchWith(services: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(services.builders, node, allowing("patch"));
  if (!chosen) return;
  const { connection } = chosen.builder;
  const title = t("Run Patch Attempt: {0}", portName(chosen.subject));
  const tier = await pickTier(title);
  if (tier === undefined) return;
  const model = await pickModel(title, (await connection.call("models/list", {})).models);
  if (model === undefined) return;
  const budget = await pickBudget(title);
  if (budget === undefined) return;
  const context = await vscode.window.showInputBox({
    title,
    prompt: t("What should the agent know? Leave it empty for nothing."),
    ignoreFocusOut: true,
  });
  if (context === undefined) return;
  const { job } = await connection.call("case/patch", {
    case: chosen.subject.id,
    ...(tier && { tier }),
    ...(model && { model }),
    ...(budget && { budget }),
    ...(context && { context }),
  });
  await followWork(services, chosen, "patch", job);
}

/** `null`: as the policy says; undefined: nothing was picked. */
async function pickTier(title: string): Promise<Tier | null | undefined> {
  const picks: { label: string; description: string; tier: Tier | null }[] = [
    { label: t("As the policy says"), description: "", tier: null },
    { label: "AUTO", description: t("the budget of unattended attempts"), tier: "AUTO" },
    { label: "ASSIST", description: t("the budget of attempts that a person asks for"), tier: "ASSIST" },
  ];
  return (await vscode.window.showQuickPick(picks, { title, placeHolder: t("Tier") }))?.tier;
}

async function pickModel(title: string, models: readonly ModelInfo[]): Promise<string | null | undefined> {
  const picks = models.map(({ name, model, endpoint, hasKey, editor, price }) => ({
    name: name as string | null,
    label: name,
    description: [
      model,
      ...(editor ? [lenderText(editor)] : [endpoint, ...(hasKey ? [] : [t("no key")])]),
    ].join(" · "),
    detail: price
      ? t(
          "{0} / {1} / {2} {3} a million tokens (prompt, cached, output)",
          price.uncached,
          price.cached,
          price.output,
          price.unit,
        )
      : t("no price is configured"),
  }));
  const usual = {
    name: null,
    label: t("As configured"),
    description: t("rules first, then the model"),
    detail: "",
  };
  return (await vscode.window.showQuickPick([usual, ...picks], { title, placeHolder: t("Model") }))?.name;
}

const lenderText = ({ client }: NonNullable<ModelInfo["editor"]>): string =>
  client === null ? t("no connected editor lends it") : t("lent by an editor");

async function pickBudget(title: string): Promise<Budget | null | undefined> {
  const own = t("Another limit of tokens...");
  const picks: { label: string; budget: Budget | null }[] = [
    { label: t("The tier's budget"), budget: null },
    { label: t("At most {0} tokens", "50,000"), budget: { tokens: 50_000 } },
    { label: t("At most {0} tokens", "200,000"), budget: { tokens: 200_000 } },
    { label: t("At most {0} builds", 2), budget: { builds: 2 } },
    { label: own, budget: null },
  ];
  const picked = await vscode.window.showQuickPick(picks, { title, placeHolder: t("Budget") });
  if (picked?.label !== own) return picked?.budget;
  const text = await vscode.window.showInputBox({
    title,
    prompt: t("Most tokens of this attempt"),
    validateInput: (value) =>
      /^[1-9]\d{2,8}$/.test(value) ? undefined : t("A number from 100 on is needed."),
  });
  return text === undefined ? undefined : { tokens: Number(text) };
}
