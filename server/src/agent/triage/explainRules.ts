import { type DecisionRequest, floorsOf, missedBy, overrideOf, treeOf } from "../../policy/decide.ts";
import type { Policy } from "../../policy/load.ts";
import type { Override } from "../../policy/schema.ts";
import type { Decision } from "../../protocol/index.ts";

/** Every rule that was looked at on the way to a decision, a line each; those of the decision begin with their names. */
export function rulesInWords(policy: Policy, asked: DecisionRequest, decision: Decision): string[] {
  const { overrides, trees } = policy.file;
  const override = overrideOf(policy, asked);
  const tree = treeOf(policy, asked.target);
  const passed = override === undefined ? overrides : overrides.slice(0, overrides.indexOf(override));
  const otherTrees = tree === undefined ? trees : trees.slice(0, trees.indexOf(tree));
  return [
    ...passed.map((one) => `override:${one.name}: not this one, ${missedBy(one, asked)}`),
    ...otherTrees.map(
      ({ name, targets }) =>
        `tree:${name}: not this one, its targets ${targets.join(", ")} do not cover ${asked.target}`,
    ),
    ...(tree?.agent === "diff"
      ? [`tree:${tree.name}: diffs may be made on ${asked.target}: ${tree.reason}`]
      : []),
    ...decision.rules.map((rule) => ruleInWords(rule, policy, asked)),
  ];
}

/** The rule that settled the tier. */
export function deciderOf({ rules }: Decision): string {
  return rules.findLast((rule) => rule !== "rebuild-first") ?? "no rule";
}

export function floorsInWords(policy: Policy, asked: DecisionRequest): string[] {
  const floors = floorsOf(policy, asked);
  return [`Least confidence here: ${floors.AUTO} for AUTO, ${floors.ASSIST} for ASSIST.`];
}

function ruleInWords(rule: string, policy: Policy, asked: DecisionRequest): string {
  const [kind, ...rest] = rule.split(":");
  const { classification, confidence } = asked.diagnosis;
  switch (kind) {
    case "class":
      return `${rule}: the table of classes gives ${classification} to ${policy.file.classes[classification].tier}`;
    case "override": {
      const override = overrideOf(policy, asked);
      return override === undefined ? rule : `${rule}: ${overrideInWords(override)}`;
    }
    case "tree": {
      const tree = treeOf(policy, asked.target);
      return `${rule}: ${tree?.agent} on ${tree?.targets.join(", ")}, whoever asks for what: ${tree?.reason}`;
    }
    case "always-manual":
      return `${rule}: this class always needs a person, whoever asks for what`;
    case "floor":
      return `${rule}: ${rest[0]} asks for ${rest[1]} confidence and the diagnosis has ${confidence}, so the next lower tier is asked`;
    case "rebuild-first":
      return `${rule}: the port is built again unchanged before anything is spent on it`;
    default:
      return rule;
  }
}

function overrideInWords({ origins, targets, classes, tier, floors, budget, reason }: Override): string {
  const where = Object.entries({ origins, targets, classes }).flatMap(([name, patterns]) =>
    patterns ? [`${name} ${patterns.join(", ")}`] : [],
  );
  const gives = [tier, floors && "floors of its own", budget && "limits of its own"].filter(Boolean);
  return `the exception for ${where.join("; ") || "everything"} gives ${gives.join(", ")}: ${reason}`;
}
