import { kinFixesOf } from "../../agent/stages/kin.ts";
import { lineageOf } from "../../agent/stages/refusal.ts";
import { explainPolicy } from "../../agent/triage/explain.ts";
import { learned } from "../../policy/learn.ts";
import type { Recipe } from "../../policy/recipe.ts";
import { type FailureClass, PortwrightError } from "../../protocol/index.ts";
import { resolveCase } from "../../tracker/resolve.ts";
import type { Handlers } from "../context.ts";

export const policyHandlers: Pick<Handlers, "policy/files" | "policy/recipes" | "policy/explain"> = {
  async "policy/files"(_params, { services: { policy } }) {
    return { folder: policy.folder, files: [...policy.files] };
  },

  async "policy/recipes"(_params, { services: { policy, store } }) {
    const outcomes = store.recipeOutcomes();
    const { learning } = policy.file;
    return {
      recipes: policy.recipes.map((recipe) => ({
        ...{ id: recipe.id, title: recipe.title, classes: recipe.classes, declared: recipe.confidence },
        ...learnedIn(recipe, null),
        advises: recipe.steps.some((step) => step.do === "advise"),
        byClass: outcomes
          .filter((one) => one.recipe === recipe.id)
          .map(({ classification }) => ({ classification, ...learnedIn(recipe, classification) })),
      })),
    };

    function learnedIn(recipe: Recipe, classification: FailureClass | null) {
      const { of, ...known } = learned(recipe, outcomes, learning, classification);
      const own = outcomes.find((one) => one.recipe === recipe.id && one.classification === classification);
      return own === undefined ? known : { ...known, proved: own.proved, failed: own.failed };
    }
  },

  async "policy/explain"({ case: ref, target }, { services: { store, policy, config } }) {
    const subject = resolveCase(store, ref, target);
    const bundle = store.bundle(subject.bundleId);
    if (bundle === null) throw new PortwrightError("notFound", `bundle ${subject.bundleId} is gone`);
    const kin = (await kinFixesOf(store, subject)).map(({ origin }) => origin);
    const known = { failed: lineageOf(store, subject), outcomes: store.recipeOutcomes(), kin };
    return { text: explainPolicy({ subject, bundle, policy, models: config.models, ...known }) };
  },
};
