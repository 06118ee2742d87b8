import type { ListedResult, LiveRun, LiveSlot, Run, SkipRoot } from "@portwright/server/protocol";
import { agoText, portName, spanText, type Translate } from "../cases/words.ts";
import type { Row } from "../views/row.ts";

/** Kinds of results, in the order in which a porter asks for them. */
export const resultKinds = ["failed", "skipped", "ignored", "built"] as const;
export type ResultKind = (typeof resultKinds)[number];

/** `live` is how the builder shows an active run just now; undefined where it cannot be looked at. */
export function runRow(builder: string, run: Run, live: LiveRun | undefined, now: number, t: Translate): Row {
  const began = new Date(run.startedAt).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  const counts = countsText(live?.counts ?? run.counts, t);
  const active = run.state === "active";
  const age = agoText(now - (run.endedAt ?? run.startedAt), t);
  const description = live ? liveText(live, t) : [counts, active ? t("running") : age].join(" · ");
  const end = run.state === "aborted" ? t("aborted") : "";
  return {
    ...{ id: `run/${builder}/${run.id}`, label: run.target },
    description: [end, description].filter(Boolean).join(" · "),
    tooltip: [
      t("Run {0} of {1}, begun {2}", run.id, run.target, began),
      counts,
      ...(live ? [loadText(live, t)] : []),
      ...originText(run, t),
    ].join("\n"),
    accessibility: [active ? t("running") : age, run.target, counts].join(", "),
    icon: active
      ? "loading~spin"
      : run.state === "aborted"
        ? "circle-slash"
        : run.counts.failed > 0
          ? "error"
          : "pass",
    ...(!active && run.counts.failed > 0 && { color: "charts.red" }),
    tags: ["run"],
    children: active ? "expanded" : "collapsed",
  };
}

/** What the run was for, and what it was built from, as far as that is known. */
function originText({ buildType, queued, trees = {} }: Run, t: Translate): string[] {
  return [
    ...(buildType ? [t("Built for {0}", buildType)] : []),
    ...(queued === undefined ? [] : [t("{0} ports queued", queued)]),
    ...Object.entries(trees).map(([name, { commit, branch }]) =>
      branch
        ? t("{0} at {1} of {2}", name, commit.slice(0, 12), branch)
        : t("{0} at {1}", name, commit.slice(0, 12)),
    ),
  ];
}

function countsText({ built, failed, skipped, ignored }: Run["counts"], t: Translate): string {
  const terms = [
    t("{0} built", built),
    failed > 0 && t("{0} failed", failed),
    skipped > 0 && t("{0} skipped", skipped),
    ignored > 0 && t("{0} ignored", ignored),
  ];
  return terms.filter(Boolean).join(", ");
}

function liveText({ counts, remaining, impulse, perHour, etaSeconds }: LiveRun, t: Translate): string {
  const terms = [
    countsText(counts, t),
    t("{0} to go", remaining),
    t("{0}/h", impulse || perHour),
    etaSeconds !== undefined && t("{0} left", spanText(etaSeconds * 1000, t)),
  ];
  return terms.filter(Boolean).join(" · ");
}

function loadText({ perHour, impulse, load, seconds }: LiveRun, t: Translate): string {
  return [
    t("{0} packages an hour, lately {1}", perHour, impulse),
    t("load {0}", load.toFixed(1)),
    t("for {0}", spanText(seconds * 1000, t)),
  ].join(", ");
}

export function slotRow(builder: string, runId: string, slot: LiveSlot, t: Translate): Row {
  const idle = slot.origin === "";
  const label = idle ? t("idle") : portName(slot);
  const terms = [
    slot.phase,
    slot.seconds !== null && spanText(slot.seconds * 1000, t),
    slot.lines > 0 && t("{0} lines", slot.lines),
  ];
  const description = idle ? "" : terms.filter(Boolean).join(" · ");
  return {
    ...{ id: `slot/${builder}/${runId}/${slot.slot}`, label: `${slot.slot}  ${label}`, description },
    ...{ tooltip: description, accessibility: [label, description].join(", ") },
    ...{ icon: idle ? "circle-outline" : "gear", tags: [], children: "none" },
  };
}

const kindIcons: Readonly<Record<ResultKind, string>> = {
  failed: "error",
  skipped: "debug-step-over",
  ignored: "circle-slash",
  built: "pass",
};

export function kindRow(builder: string, runId: string, kind: ResultKind, count: number, t: Translate): Row {
  const labels: Record<ResultKind, string> = {
    failed: t("Failed"),
    skipped: t("Skipped"),
    ignored: t("Ignored"),
    built: t("Built"),
  };
  const label = labels[kind];
  return {
    ...{ id: `kind/${builder}/${runId}/${kind}`, label, description: String(count), tooltip: label },
    ...{ accessibility: `${label}, ${count}`, icon: kindIcons[kind], tags: [], children: "collapsed" },
  };
}

export function resultRow(builder: string, result: ListedResult, t: Translate): Row {
  const { runId, kind, phase, reason, pkgname, seconds } = result;
  const label = portName(result);
  const terms = [
    kind === "failed" && phase && t("in {0}", phase),
    reason,
    kind === "built" && pkgname,
    seconds !== undefined && spanText(seconds * 1000, t),
  ];
  const description = terms.filter(Boolean).join(" · ");
  return {
    ...{ id: `result/${builder}/${runId}/${kind}/${label}`, label, description },
    tooltip: [label, pkgname, description].filter(Boolean).join("\n"),
    accessibility: `${label}, ${description}`,
    ...{ icon: kindIcons[kind], tags: [kind === "failed" ? "failedResult" : "result"] },
    children: result.heldUpBy?.length ? "collapsed" : "none",
    ...(kind === "failed" && { command: "portwright.openLog" }),
  };
}

/** A port that has to build before the skipped one can. */
export function rootRow(of: Row, root: SkipRoot, t: Translate): Row {
  const label = portName(root);
  const description = root.caseId === null ? t("no case of it is known") : t("holds it up");
  return {
    ...{ id: `${of.id}/${label}`, label, description, tooltip: `${label}\n${description}` },
    accessibility: `${label}, ${description}`,
    ...(root.caseId === null
      ? { icon: "question", tags: ["result"] }
      : { icon: "error", tags: ["failedResult"], command: "portwright.openLog" }),
    children: "none",
  };
}
