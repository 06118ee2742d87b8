import { FailureClass } from "../protocol/index.ts";
import { coversPattern } from "./pattern.ts";
import type { TreeRule } from "./schema.ts";

/** What a rule covers; an absent list stands for everything. */
interface Scope {
  origins?: readonly string[] | undefined;
  targets?: readonly string[] | undefined;
  classes?: readonly FailureClass[] | undefined;
}

/**
 * The earlier rules that together cover all that `rule` covers; none when some case reaches it. Exact: a star can only
 * be met by a star, so a combination of patterns is covered as a whole by one rule, or not at all.
 */
export function hiddenBy<T extends Scope>(rule: Scope, earlier: readonly T[]): T[] {
  const hiding = new Set<T>();
  for (const origin of rule.origins ?? ["*/*"])
    for (const target of rule.targets ?? ["*"])
      for (const name of rule.classes ?? FailureClass.options) {
        const found = earlier.find(
          ({ origins, targets, classes }) =>
            (origins?.some((pattern) => coversPattern(pattern, origin)) ?? true) &&
            (targets?.some((pattern) => coversPattern(pattern, target)) ?? true) &&
            (classes?.includes(name) ?? true),
        );
        if (found === undefined) return [];
        hiding.add(found);
      }
  return [...hiding];
}

/** Rules that surely decide for all of their targets, and keep the agent from attempts there. */
export function closedTrees(trees: readonly TreeRule[]): TreeRule[] {
  const open = trees.findIndex(({ agent }) => agent === "diff");
  return open === -1 ? [...trees] : trees.slice(0, open);
}
