import { kindText } from "@portwright/server/attention";
import { ageText, buildsText, type Translate, turnsText } from "../cases/words.ts";
import type { Row } from "../views/row.ts";
import { type CasePart, nodeId } from "./nodes.ts";

type Looks = Pick<Row, "label" | "description" | "icon" | "color" | "command"> & { tooltip?: string };

/** `phase` is what a running attempt builds at. */
export function partRow(node: CasePart, phase: string | undefined, now: number, t: Translate): Row {
  const looks = describe(node, phase, now, t);
  return {
    ...looks,
    id: nodeId(node),
    tooltip: looks.tooltip ?? looks.description,
    accessibility: `${looks.label}, ${looks.description}`,
    tags: node.kind === "proof" ? ["part", "hasProof"] : ["part"],
    children: "none",
  };
}

function describe(node: CasePart, phase: string | undefined, now: number, t: Translate): Looks {
  switch (node.kind) {
    case "bundle": {
      const { diagnosis, at, problems } = node.bundle;
      const description = diagnosis.cause?.text.trim() ?? diagnosis.reason;
      return {
        label: t("Build log, {0}", ageText(now - at, t)),
        description,
        tooltip: [description, ...problems].join("\n"),
        icon: "output",
        command: "portwright.openLog",
      };
    }
    case "attempt": {
      const { number, provider, outcome, turns, builds, summary } = node.attempt;
      const { waits } = node;
      const doing = phase ? t("building: {0}", phase) : t("running");
      const end = outcome ?? (waits === undefined ? doing : t("waiting"));
      return {
        label: t("Attempt {0}", number),
        tooltip: summary || waits || end,
        description: [end, provider, turnsText(turns, t), buildsText(builds, t)].join(" · "),
        icon: outcome !== null ? "comment-discussion" : waits === undefined ? "loading~spin" : "clock",
        command: "portwright.showSession",
      };
    }
    case "proof": {
      const { verdict, reason, flags, builder, environment, farKind, startedAt } = node.proof;
      const proved = verdict === "proved";
      const look = flags.length > 0 ? [t("look twice: {0}", flags.join("; "))] : [];
      return {
        label: t("Proof, {0}", ageText(now - startedAt, t)),
        description: [verdict, ...look].join(" · "),
        tooltip: [reason, [builder, kindText(environment, farKind)].join(" · "), ...flags].join("\n"),
        icon: proved ? "pass" : "error",
        color: proved ? "charts.green" : "charts.red",
      };
    }
    case "delivery": {
      const { state, branch, repository, at, pushed, pullRequest } = node.delivery;
      const places = [branch, repository, pushed?.remote, pullRequest?.url];
      return {
        label: state === "undone" ? t("Delivery, undone") : t("Delivery, {0}", ageText(now - at, t)),
        description: pullRequest ? [branch, t("pull request {0}", pullRequest.number)].join(" · ") : branch,
        tooltip: places.filter((place) => place !== undefined).join("\n"),
        icon: "git-branch",
      };
    }
    case "diff":
      return {
        label: t("Diff"),
        icon: "diff",
        command: "portwright.openDiff",
        description: node.proved ? t("proved") : t("not proved"),
      };
    case "handOver":
      return {
        label: t("Hand-over"),
        icon: "note",
        description: t("what is known, what was tried"),
        command: "portwright.showHandOver",
      };
  }
}
