import { resolve } from "node:path";
import { namedModels } from "../../agent/model/configured.ts";
import { configFileOf, loadConfig } from "../../config/load.ts";
import { loadPlugins } from "../../plugins/load.ts";
import type { NamedModel } from "../../policy/checkBudgets.ts";
import { checkPolicy } from "../../policy/load.ts";
import type { RecipeRow } from "../../protocol/index.ts";
import { CliError, exitCodes } from "../failure.ts";
import { clean, oneLine, table } from "../output.ts";
import { statusAt } from "../paths.ts";
import { resourceFolder } from "../resources.ts";
import { asJson, callAndShow } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import type { CaseOptions } from "./case.ts";

/** Checks a policy folder here, without a server; the one that comes with portwright when none is named. */
export async function checkPolicyFolder(terminal: Terminal, named: string | undefined): Promise<void> {
  const folder = named ? resolve(named) : resourceFolder("policy");
  if (!(await statusAt(folder))?.isDirectory())
    throw new CliError(exitCodes.notFound, `${folder} is not a folder`);
  const { models, steps } = await configuredHere(terminal.stateDir);
  const result = checkPolicy(folder, models, steps);
  const { problems, rules, recipes, prompts, playbooks } = result;
  if (terminal.json) terminal.out(asJson(result));
  for (const { file, line, field, message } of problems)
    terminal.err(`${oneLine(`${file}:${line}: ${field && `${field}: `}${message}`)}\n`);
  if (problems.length > 0)
    throw new CliError(
      exitCodes.failure,
      `${problems.length} ${problems.length === 1 ? "problem" : "problems"} in ${folder}: mend the lines named above`,
    );
  if (!terminal.json)
    terminal.out(
      `${folder} is in order: ${rules} rules, ${recipes} recipes, ${prompts} prompts, ${playbooks} playbooks\n`,
    );
}

/** What this state's configuration names; null where there is none to hold a policy against. */
async function configuredHere(
  stateDir: string,
): Promise<{ models: NamedModel[] | null; steps: string[] | null }> {
  if ((await statusAt(configFileOf(stateDir))) === null) return { models: null, steps: null };
  const { models, plugins } = await loadConfig(stateDir);
  const { recipeSteps } = await loadPlugins(plugins);
  return { models: namedModels(models), steps: [...recipeSteps.keys()] };
}

export async function showPolicy(terminal: Terminal): Promise<void> {
  await callAndShow(terminal, "policy/files", {}, ({ folder, files }) =>
    clean(`${folder}\n${files.map(({ path, text }) => `\n== ${path}\n${text.trimEnd()}\n`).join("")}`),
  );
}

/** Those that were used stand first, then by name. */
export async function showRecipes(terminal: Terminal): Promise<void> {
  await callAndShow(terminal, "policy/recipes", {}, ({ recipes }) => {
    const rows = recipes.toSorted(
      (a, b) => b.proved + b.failed - (a.proved + a.failed) || (a.id < b.id ? -1 : 1),
    );
    return table(
      rows,
      [
        { title: "RECIPE", value: ({ id }) => id },
        { title: "CONFIDENCE", value: ({ confidence, advises }) => (advises ? "advice" : confidence) },
        { title: "DECLARED", value: ({ declared, advises }) => (advises ? "" : declared) },
        { title: "PROVED", value: ({ proved }) => proved },
        { title: "FAILED", value: ({ failed }) => failed },
        { title: "BY CLASS", value: ({ byClass }) => byClass.map(classInWords).join(", ") },
      ],
      terminal.width,
    );
  });
}

const classInWords = ({ classification, proved, failed, confidence }: RecipeRow["byClass"][number]): string =>
  `${classification} ${proved} of ${proved + failed} (${confidence})`;

export async function explainPolicy(terminal: Terminal, ref: string, { target }: CaseOptions): Promise<void> {
  await callAndShow(terminal, "policy/explain", { case: ref, target }, ({ text }) => clean(text));
}
