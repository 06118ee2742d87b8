import { checkText, kindText } from "@portwright/server/attention";
import type { Check, EnvironmentInfo } from "@portwright/server/protocol";
import { spanText, type Translate } from "../cases/words.ts";
import type { Row } from "../views/row.ts";

/** Tree whose edits are a person's own work; elsewhere they mean that the environment is out of date. */
export const editedTree = "DeltaPorts";

export function environmentRow(builder: string, info: EnvironmentInfo, now: number, t: Translate): Row {
  const { name, kind, farKind, target, root, createdAt, problem, ofJob, trees } = info;
  const behind = Math.max(0, ...Object.values(trees).map((tree) => tree.behind ?? 0));
  const terms = [
    ofJob && t("of a job"),
    problem && t("broken"),
    target,
    trees[editedTree]?.dirty && t("edited"),
    behind > 0 && t("{0} behind", behind),
    t("{0} old", spanText(now - createdAt, t)),
  ];
  const description = terms.filter(Boolean).join(" · ");
  return {
    ...{ id: `environment/${builder}/${name}`, label: name, description },
    tooltip: [`${name} (${kindText(kind, farKind)})`, root, problem].filter(Boolean).join("\n"),
    accessibility: [problem ? t("broken") : t("in order"), name, description].join(", "),
    icon: problem ? "warning" : ofJob ? "gear" : "vm",
    ...(problem && { color: "list.warningForeground" }),
    tags: ofJob ? [] : ["environment"],
    children: "collapsed",
  };
}

/** What an environment is made of, and how large it is. */
export function environmentParts(builder: string, info: EnvironmentInfo, t: Translate): Row[] {
  const { name, problem, diskBytes, trees } = info;
  const part = (of: string, label: string, description: string, icon: string): Row => ({
    ...{
      id: `environment/${builder}/${name}/${of}`,
      label,
      description,
      tooltip: `${label}: ${description}`,
    },
    ...{ accessibility: `${label}, ${description}`, icon, tags: [], children: "none" },
  });
  return [
    ...(info.checks
      ? healthOf(info.checks, t).map(({ of, label, description, icon }) => part(of, label, description, icon))
      : problem
        ? [part("problem", t("Broken"), problem, "warning")]
        : []),
    ...Object.entries(trees).map(([tree, state]) => part(tree, tree, treeText(tree, state, t), "repo")),
    part("disk", t("On disk"), diskBytes === undefined ? t("not known") : sizeText(diskBytes, t), "database"),
  ];
}

/** What is amiss, each with what to do about it; else that nothing is. */
function healthOf(checks: readonly Check[], t: Translate) {
  const wrong = checks.filter(({ ok }) => !ok);
  if (wrong.length === 0) {
    const description = t("{0} checks in order", checks.length);
    return [{ of: "health", label: t("Health"), description, icon: "pass" }];
  }
  return wrong.map((check) => ({
    ...{ of: `check/${check.name}`, label: t("Broken"), description: checkText(check), icon: "warning" },
  }));
}

function treeText(
  tree: string,
  { commit, dirty, behind = 0, behindUnknown }: EnvironmentInfo["trees"][string],
  t: Translate,
): string {
  const terms = [
    commit.slice(0, 12),
    dirty && (tree === editedTree ? t("edited") : t("moved on")),
    behind > 0 && t("{0} commits behind", behind),
    behindUnknown && t("not known how far behind: {0}", behindUnknown),
  ];
  return terms.filter(Boolean).join(" · ");
}

function sizeText(bytes: number, t: Translate): string {
  const mebibytes = bytes / 1024 ** 2;
  return mebibytes < 1024 ? t("{0} MiB", mebibytes.toFixed(1)) : t("{0} GiB", (mebibytes / 1024).toFixed(1));
}
