import type { Attempt, Bundle, Case, CaseDetail, Proof } from "@portwright/server/protocol";
import { caseActions, isBusy, needsPerson } from "../cases/actions.ts";
import { ageText, connectionText, portName, stateText, type Translate } from "../cases/words.ts";
import type { ConnectionState } from "../connection/state.ts";
import type { CommandId, NodeTag } from "../contributions.ts";

/** A row of the tree, by names alone: what it shows is looked up when it is drawn. */
export type TreeNode = { readonly builder: string } & (
  | { readonly kind: "builder" }
  | { readonly kind: "target"; readonly target: string }
  | { readonly kind: "case"; readonly caseId: string }
  | { readonly kind: "bundle"; readonly caseId: string; readonly bundle: Bundle }
  | { readonly kind: "attempt"; readonly caseId: string; readonly attempt: Attempt }
  | { readonly kind: "proof"; readonly caseId: string; readonly proof: Proof }
  | { readonly kind: "diff"; readonly caseId: string; readonly proved: boolean }
  | { readonly kind: "handOver"; readonly caseId: string }
);

/** A row's looks, without the editor's types. `icon` and `color` are names of theme icons and colours. */
export interface Row {
  /** The same whenever the row is drawn, so that selection and expansion stay. */
  id: string;
  label: string;
  description: string;
  tooltip: string;
  /** What a screen reader says; the key fact first. */
  accessibility: string;
  icon: string;
  color?: string;
  tags: NodeTag[];
  expandable: boolean;
  command?: CommandId;
}

const caseIcons: Readonly<Record<Case["state"], { icon: string; color?: string }>> = {
  open: { icon: "circle-large-outline" },
  triaged: { icon: "search" },
  patching: { icon: "loading~spin" },
  proving: { icon: "loading~spin" },
  waiting: { icon: "verified", color: "charts.green" },
  escalated: { icon: "warning", color: "charts.yellow" },
  accepted: { icon: "check", color: "charts.green" },
  rejected: { icon: "circle-slash" },
  delivered: { icon: "git-commit", color: "charts.green" },
  closed: { icon: "pass-filled" },
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
} as const satisfies Record<ReturnType<typeof caseActions>[number], NodeTag>;

export function builderRow(name: string, state: ConnectionState, t: Translate): Row {
  const description = connectionText(state, t);
  return {
    id: `builder/${name}`,
    label: name,
    description,
    tooltip: "reason" in state ? state.reason : description,
    icon: state.name === "connected" ? "server" : state.name === "stopped" ? "error" : "debug-disconnect",
    accessibility: `${description}, ${name}`,
    tags: ["builder"],
    expandable: true,
  };
}

export function targetRow(builder: string, target: string, cases: readonly Case[], t: Translate): Row {
  const waiting = cases.filter(needsPerson).length;
  const description =
    waiting > 0 ? t("{0} failing, {1} for you", cases.length, waiting) : t("{0} failing", cases.length);
  return {
    id: `target/${builder}/${target}`,
    label: target,
    description,
    tooltip: description,
    icon: "server-environment",
    accessibility: `${target}, ${description}`,
    tags: ["target"],
    expandable: true,
  };
}

export function caseRow(subject: Case, now: number, t: Translate): Row {
  const { id, classification, state, confidence, phase, cause, decision, openedAt } = subject;
  const name = portName(subject);
  const stateWords = stateText(state, t);
  const tags: NodeTag[] = ["case", ...caseActions(subject).map((action) => actionTags[action])];
  if (subject.diffSha256) tags.push("hasDiff");
  if (subject.attempts > 0 || isBusy(subject)) tags.push("hasSession");
  if (subject.handOver) tags.push("hasHandOver");
  const facts = [
    t("{0}: {1}", name, stateWords),
    t("{0} ({1} confidence)", classification, confidence) + (phase ? t(", phase {0}", phase) : ""),
    cause,
    decision && t("Tier {0}: {1}", decision.tier, decision.reason),
  ];
  return {
    id: `case/${id}`,
    label: name,
    ...caseIcons[state],
    tags,
    expandable: true,
    description: [stateWords, classification, ageText(now - openedAt, t)].join(" · "),
    tooltip: facts.filter(Boolean).join("\n"),
    accessibility: t(
      "{0}, {1}, {2}, open for {3}",
      stateWords,
      name,
      classification,
      ageText(now - openedAt, t),
    ),
  };
}

/** What stands below a case, in the order in which a porter asks for it. */
export function partsOf(
  builder: string,
  { case: subject, bundles, attempts, proofs }: CaseDetail,
): TreeNode[] {
  const of = { builder, caseId: subject.id };
  const proved = proofs.some(
    ({ verdict, diffSha256 }) => verdict === "proved" && diffSha256 === subject.diffSha256,
  );
  return [
    ...(subject.handOver ? [{ kind: "handOver", ...of } as const] : []),
    ...(subject.diffSha256 ? [{ kind: "diff", ...of, proved } as const] : []),
    ...proofs
      .toSorted((a, b) => b.startedAt - a.startedAt)
      .map((proof) => ({ kind: "proof", ...of, proof }) as const),
    ...attempts
      .toSorted((a, b) => b.number - a.number)
      .map((attempt) => ({ kind: "attempt", ...of, attempt }) as const),
    ...bundles.toSorted((a, b) => b.at - a.at).map((bundle) => ({ kind: "bundle", ...of, bundle }) as const),
  ];
}

type Part = Exclude<TreeNode, { kind: "builder" | "target" | "case" }>;

export function partRow(node: Part, phase: string | undefined, now: number, t: Translate): Row {
  const row = describePart(node, phase, now, t);
  return {
    ...row,
    tooltip: row.tooltip ?? row.description,
    accessibility: `${row.label}, ${row.description}`,
    tags: ["part"],
    expandable: false,
  };
}

type PartLooks = Pick<Row, "id" | "label" | "description" | "icon" | "color" | "command"> & {
  tooltip?: string;
};

function describePart(node: Part, phase: string | undefined, now: number, t: Translate): PartLooks {
  const { caseId } = node;
  switch (node.kind) {
    case "bundle": {
      const { id, diagnosis, at, problems } = node.bundle;
      const description = diagnosis.cause?.text.trim() ?? diagnosis.reason;
      return {
        id: `bundle/${caseId}/${id}`,
        label: t("Build log, {0}", ageText(now - at, t)),
        description,
        tooltip: [description, ...problems].join("\n"),
        icon: "output",
        command: "portwright.openLog",
      };
    }
    case "attempt": {
      const { id, number, provider, outcome, turns, builds, summary } = node.attempt;
      const end = outcome ?? (phase ? t("building: {0}", phase) : t("running"));
      return {
        id: `attempt/${id}`,
        label: t("Attempt {0}", number),
        tooltip: summary || end,
        description: [end, provider, t("{0} turns", turns), t("{0} builds", builds)].join(" · "),
        icon: outcome === null ? "loading~spin" : "comment-discussion",
        command: "portwright.showSession",
      };
    }
    case "proof": {
      const { id, verdict, reason, flags, startedAt } = node.proof;
      const proved = verdict === "proved";
      const look = flags.length > 0 ? [t("look twice: {0}", flags.join("; "))] : [];
      return {
        id: `proof/${id}`,
        label: t("Proof, {0}", ageText(now - startedAt, t)),
        description: [verdict, ...look].join(" · "),
        tooltip: [reason, ...flags].join("\n"),
        icon: proved ? "pass" : "error",
        color: proved ? "charts.green" : "charts.red",
      };
    }
    case "diff":
      return {
        id: `diff/${caseId}`,
        label: t("Diff"),
        icon: "diff",
        command: "portwright.openDiff",
        description: node.proved ? t("proved") : t("not proved"),
      };
    case "handOver":
      return {
        id: `handOver/${caseId}`,
        label: t("Hand-over"),
        icon: "note",
        description: t("what is known, what was tried"),
        command: "portwright.showHandOver",
      };
  }
}
