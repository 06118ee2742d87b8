import type { Case, CaseGroup } from "@portwright/server/protocol";
import {
  type CaseAction,
  caseActions,
  isBusy,
  isHidden,
  type MarkAction,
  markActions,
} from "../cases/actions.ts";
import { caseScheme } from "../cases/decoration.ts";
import type { Grouping } from "../cases/portFilter.ts";
import {
  ageText,
  connectionText,
  portName,
  spanText,
  stateText,
  type Translate,
  versionOf,
} from "../cases/words.ts";
import type { ConnectionState } from "../connection/state.ts";
import type { NodeTag } from "../contributions.ts";
import { moreRow, type Row } from "../views/row.ts";
import { type NodeOf, nodeId } from "./nodes.ts";

const caseIcons: Readonly<Record<Case["state"], { icon: string; color?: string }>> = {
  open: { icon: "circle-large-outline" },
  triaged: { icon: "search" },
  patching: { icon: "loading~spin" },
  proving: { icon: "loading~spin" },
  waiting: { icon: "verified", color: "charts.green" },
  escalated: { icon: "warning", color: "list.warningForeground" },
  accepted: { icon: "check", color: "charts.green" },
  rejected: { icon: "circle-slash" },
  delivered: { icon: "git-commit", color: "charts.green" },
  closed: { icon: "pass-filled" },
};

const groupIcons: Readonly<Record<Grouping, string>> = {
  none: "list-flat",
  class: "tag",
  signature: "pulse",
  category: "folder",
  maintainer: "person",
};

const actionTags = {
  triage: "canTriage",
  patch: "canPatch",
  verify: "canVerify",
  accept: "canAccept",
  reject: "canReject",
  deliver: "canDeliver",
  undoDelivery: "canUndoDelivery",
  steer: "canSteer",
  stop: "canStop",
} as const satisfies Record<CaseAction, NodeTag>;

const markTags = {
  ignore: "canIgnore",
  unignore: "canUnignore",
  snooze: "canSnooze",
  wake: "canWake",
} as const satisfies Record<MarkAction, NodeTag>;

export function builderRow(
  node: NodeOf<"builder">,
  state: ConnectionState,
  counts: Counts,
  t: Translate,
): Row {
  const name = node.builder;
  const description = state.name === "connected" ? countsText(counts, t) : connectionText(state, t);
  return {
    id: nodeId(node),
    label: name,
    description,
    tooltip: "reason" in state ? state.reason : description,
    icon: state.name === "connected" ? "server" : state.name === "stopped" ? "error" : "debug-disconnect",
    accessibility: `${description}, ${name}`,
    tags: ["builder"],
    children: "expanded",
  };
}

type Counts = Pick<CaseGroup, "cases" | "needsPerson"> & { blocked?: number };

export function targetRow(node: NodeOf<"target">, counts: Counts, t: Translate): Row {
  const description = countsText(counts, t);
  return {
    ...{ id: nodeId(node), label: node.target, description, tooltip: description },
    icon: "server-environment",
    accessibility: `${node.target}, ${description}`,
    tags: ["target"],
    children: "expanded",
  };
}

export function groupRow(node: NodeOf<"group">, counts: CaseGroup, by: Grouping, t: Translate): Row {
  const label = counts.label.trim() || t("not known");
  const description = countsText(counts, t);
  return {
    ...{ id: nodeId(node), label, description, tooltip: `${label}\n${description}` },
    icon: groupIcons[by],
    accessibility: `${label}, ${description}`,
    tags: ["group"],
    children: "collapsed",
  };
}

function countsText({ cases, needsPerson, blocked = 0 }: Counts, t: Translate): string {
  const terms = [
    needsPerson > 0 ? t("{0} failing, {1} for you", cases, needsPerson) : t("{0} failing", cases),
    blocked > 0 && t("{0} blocked", blocked),
  ];
  return terms.filter(Boolean).join(" · ");
}

/** Beyond so many rows that nobody reads on, it leads to the search. */
export function searchRow(node: NodeOf<"more">, left: number, t: Translate): Row {
  const label = t("Search for the others...");
  return { ...moreRow(nodeId(node), left, t), label, command: "portwright.search" };
}

/** `by` is how the cases around it are put together: what they have in common is not said again. */
export function caseRow(node: NodeOf<"case">, subject: Case, by: Grouping, now: number, t: Translate): Row {
  const { classification, state, openedAt, blocked = 0, assignee } = subject;
  const [name, stateWords, age] = [portName(subject), stateText(state, t), ageText(now - openedAt, t)];
  const hidden = isHidden(subject, now);
  const terms = [
    hidden && (subject.ignored ? t("ignored") : t("snoozed")),
    stateWords,
    by !== "class" && classification,
    blocked > 0 && t("{0} blocked", blocked),
    versionOf(subject.pkgname),
    age,
    assignee && `@${assignee}`,
  ];
  return {
    id: nodeId(node),
    label: name,
    ...(hidden ? { icon: "eye-closed" } : caseIcons[state]),
    resource: {
      scheme: caseScheme,
      path: `/${node.builder}/${subject.id}`,
      query: hidden ? "hidden" : state,
    },
    tags: caseTags(subject, now),
    children: "collapsed",
    description: terms.filter(Boolean).join(" · "),
    tooltip: caseFacts(subject, now, t).join("\n"),
    accessibility: [
      ...[stateWords, name, classification, t("open for {0}", age)],
      ...(blocked > 0 ? [t("{0} blocked", blocked)] : []),
    ].join(", "),
  };
}

function caseTags(subject: Case, now: number): NodeTag[] {
  const tags: NodeTag[] = ["case", ...caseActions(subject).map((action) => actionTags[action])];
  tags.push(...markActions(subject, now).map((action) => markTags[action]));
  if (subject.diffSha256) tags.push("hasDiff");
  if (subject.attempts > 0 || isBusy(subject)) tags.push("hasSession");
  if (subject.handOver) tags.push("hasHandOver");
  if (subject.proofId) tags.push("hasProof");
  return tags;
}

function caseFacts(subject: Case, now: number, t: Translate): string[] {
  const { classification, confidence, phase, cause, decision, pkgname, blocked = 0 } = subject;
  const { maintainer, assignee, snoozedUntil, iteration = 1, triage } = subject;
  const facts = [
    t("{0}: {1}", portName(subject), stateText(subject.state, t)),
    t("{0} ({1} confidence)", classification, confidence) + (phase ? t(", phase {0}", phase) : ""),
    cause,
    triage && triage.rootCause !== cause && t("Diagnosis: {0}", onOneLine(triage.rootCause)),
    triage?.suggestedFix && t("Suggested: {0}", onOneLine(triage.suggestedFix)),
    decision && t("Tier {0}: {1}", decision.tier, decision.reason),
    iteration > 1 && t("Opened {0} times", iteration),
    blocked > 0 && t("{0} ports cannot be built because of it", blocked),
    pkgname,
    maintainer && t("Maintainer: {0}", maintainer),
    assignee && t("Assigned to {0}", assignee),
    subject.ignored && t("Ignored"),
    snoozedUntil !== undefined && snoozedUntil > now && t("Snoozed for {0}", spanText(snoozedUntil - now, t)),
  ];
  return facts.filter((fact) => typeof fact === "string" && fact !== "") as string[];
}

/** A model may have written it; no line of it passes for another fact. */
const onOneLine = (text: string): string => text.replace(/\s+/g, " ").trim();
