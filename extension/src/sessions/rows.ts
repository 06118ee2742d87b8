import type { ModelInfo, SessionRow } from "@portwright/server/protocol";
import { moneyText } from "@portwright/server/sessionPage/text";
import { caseActions } from "../cases/actions.ts";
import {
  agoText,
  buildsText,
  portName,
  spanText,
  stateText,
  type Translate,
  turnsText,
} from "../cases/words.ts";
import type { NodeTag } from "../contributions.ts";
import type { Row } from "../views/row.ts";

export const sessionGroups = ["running", "queued", "waiting", "recent"] as const;
type Group = (typeof sessionGroups)[number];

const groupIcons: Readonly<Record<Group, string>> = {
  running: "play-circle",
  queued: "clock",
  waiting: "bell",
  recent: "history",
};

/** `count` is of all sessions there are in the group; undefined where the server does not count. */
export function groupRow(builder: string, group: Group, count: number | undefined, t: Translate): Row {
  const labels: Record<Group, string> = {
    running: t("Running"),
    queued: t("Queued"),
    waiting: t("Waiting for You"),
    recent: t("Recent"),
  };
  const label = labels[group];
  const description = count === undefined ? "" : String(count);
  return {
    ...{ id: `sessions/${builder}/${group}`, label, description, tooltip: label, icon: groupIcons[group] },
    accessibility: count === undefined ? label : `${label}, ${count}`,
    tags: ["group"],
    children: group === "recent" ? "collapsed" : "expanded",
  };
}

export function sessionRow(
  builder: string,
  session: SessionRow,
  models: readonly ModelInfo[],
  now: number,
  t: Translate,
): Row {
  const { group, case: subject, job, attempt } = session;
  const name = portName(subject);
  const facts = factsOf(session, models, now, t);
  const paused = job?.paused === true;
  return {
    ...{ id: `session/${builder}/${group}/${job?.id ?? subject.id}`, label: name },
    description: facts.join(" · "),
    tooltip: [`${name}, ${subject.target}`, ...facts, attempt?.summary ?? "", subject.cause]
      .filter(Boolean)
      .join("\n"),
    accessibility: [facts[0], name, ...facts.slice(1)].join(", "),
    ...iconOf(session, paused),
    tags: tagsOf(session, paused),
    children: "none",
    command: attempt ? "portwright.showSession" : "portwright.openLog",
  };
}

function factsOf(
  { group, case: subject, job, attempt, approval, waits }: SessionRow,
  models: readonly ModelInfo[],
  now: number,
  t: Translate,
): string[] {
  const work = job && { triage: t("diagnosis"), patch: t("repair"), verify: t("proof") }[job.kind];
  const model = models.find((info) => info.model === attempt?.model);
  const spent = attempt && [
    attempt.turns > 0 && turnsText(attempt.turns, t),
    attempt.builds > 0 && buildsText(attempt.builds, t),
    tokensText(attempt.usage, t),
    attempt.costMicros !== undefined && moneyText(attempt.costMicros, model?.price?.unit ?? ""),
  ];
  const asks = approval && t("asks for your consent to {0}", approval.tool);
  const facts: Record<SessionRow["group"], (string | false | null | undefined)[]> = {
    running: [asks, job?.paused ? t("paused") : work, attempt?.tier, attempt?.provider, ...(spent || [])],
    queued: [
      waits,
      asks,
      work,
      job && t("for {0}", spanText(now - job.queuedAt, t)),
      job && t("asked by {0}", job.requestedBy),
    ],
    waiting: [stateText(subject.state, t), subject.classification, ...(spent || [])],
    recent: [
      attempt?.outcome ?? job?.state,
      ...(spent || []),
      job?.endedAt ? agoText(now - job.endedAt, t) : null,
    ],
  };
  return facts[group].filter((fact) => typeof fact === "string" && fact !== "") as string[];
}

type Usage = NonNullable<SessionRow["attempt"]>["usage"];

function tokensText({ uncachedTokens, cachedTokens, outputTokens }: Usage, t: Translate): string | false {
  const tokens = uncachedTokens + cachedTokens + outputTokens;
  if (tokens === 0) return false;
  return tokens < 1000 ? t("{0} tokens", tokens) : t("{0}k tokens", Math.round(tokens / 1000));
}

function iconOf({ group, attempt, approval }: SessionRow, paused: boolean): Pick<Row, "icon" | "color"> {
  if (approval !== undefined) return { icon: "question", color: "list.warningForeground" };
  if (group === "running") return { icon: paused ? "debug-pause" : "loading~spin" };
  if (group === "queued") return { icon: "clock" };
  if (group === "waiting") return { icon: "bell-dot", color: "list.warningForeground" };
  return attempt?.outcome === "fixed" ? { icon: "pass", color: "charts.green" } : { icon: "circle-slash" };
}

function tagsOf({ group, case: subject, attempt, job }: SessionRow, paused: boolean): NodeTag[] {
  const actions = caseActions(subject);
  const tags: (NodeTag | false)[] = [
    "session",
    attempt !== null && "hasSession",
    subject.diffSha256 !== null && "hasDiff",
    subject.handOver !== null && "hasHandOver",
    actions.includes("accept") && "canAccept",
    actions.includes("reject") && "canReject",
    (group === "running" || group === "queued") && "canStop",
    group === "running" && job?.kind === "patch" && (paused ? "canResume" : "canPause"),
    group === "running" && job?.kind === "patch" && "canSteer",
  ];
  return tags.filter((tag) => tag !== false);
}
