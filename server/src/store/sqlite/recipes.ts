import type { Database } from "better-sqlite3";
import type { Proof } from "../../protocol/index.ts";
import type { RecipeOutcomes, Store } from "../types.ts";
import type { Appliers } from "./projection.ts";

/** What a proof says of the repairs that are in its diff; others say nothing of them. */
const verdicts: Partial<Record<Proof["verdict"], "proved" | "failed">> = {
  proved: "proved",
  "build-failed": "failed",
  "diff-rejected": "failed",
};

/**
 * How uses of recipes ended. One that its own build refuted failed at once; any other is open until the proof of its
 * attempt, whose first word counts, and failed after all when a person rejects the proved fix. A case counts once for a
 * recipe, as the last of its attempts left it: no single port speaks louder than others by being tried more often.
 */
export function recipeProjection(db: Database): Pick<Store, "recipeOutcomes"> & { appliers: Appliers } {
  const put = db.prepare(
    "insert into recipe_uses values (@attemptId, @place, @recipe, @classification, @outcome) on conflict do nothing",
  );
  const settle = db.prepare("update recipe_uses set outcome = ? where attempt_id = ? and outcome = 'open'");
  const reject = db.prepare(
    `update recipe_uses set outcome = 'failed' where outcome = 'proved' and attempt_id =
     (select payload ->> 'attemptId' from proofs join events using (seq) where id = ?)`,
  );
  const counts = db.prepare<[], RecipeOutcomes>(
    `select recipe, classification, sum(outcome = 'proved') as proved, sum(outcome = 'failed') as failed from (
       select recipe, classification, outcome,
         row_number() over (partition by case_id, recipe order by number desc, place desc) as age
       from recipe_uses join attempts on attempts.id = attempt_id where outcome <> 'open'
     ) where age = 1 group by recipe, classification order by recipe, classification`,
  );
  return {
    appliers: {
      "attempt/changed": ({ id, recipes = [] }) => {
        for (const [place, { id: recipe, classification, end }] of recipes.entries()) {
          const outcome = end === "failed" ? "failed" : "open";
          put.run({ attemptId: id, place, recipe, classification, outcome });
        }
      },
      "proof/recorded": ({ attemptId, verdict }) => {
        const outcome = verdicts[verdict];
        if (outcome !== undefined) settle.run(outcome, attemptId);
      },
      "case/changed": ({ state, proofId }) => {
        if (state === "rejected" && proofId !== null) reject.run(proofId);
      },
    },
    recipeOutcomes: () => counts.all(),
  };
}
