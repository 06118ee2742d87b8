import type { ComparedResult, MethodResult, Result, Run } from "@portwright/server/protocol";
import { portName, type Translate, versionOf } from "../cases/words.ts";

type Comparison = Pick<MethodResult<"runs/compare">, "left" | "right" | "counts" | "results">;
type Change = ComparedResult["changes"][number];

/** What a porter looks at first stands first. */
const changes: readonly Change[] = [
  ...(["newly-failed", "newly-skipped", "still-failing", "fixed"] as const),
  ...(["version-changed", "only-right", "only-left"] as const),
];

/** Two runs beside each other, as a text to be read; ports that did the same in both are not named. */
export function comparisonText({ left, right, counts, results }: Comparison, t: Translate): string {
  const titles: Record<Change, string> = {
    "newly-failed": t("Newly failed"),
    fixed: t("Fixed"),
    "still-failing": t("Still failing"),
    "newly-skipped": t("Newly skipped"),
    "version-changed": t("Another version"),
    "only-left": t("Only in the earlier run"),
    "only-right": t("Only in the later run"),
  };
  const sections = changes.flatMap((change) => {
    const count = counts[change] ?? 0;
    if (count === 0) return [];
    const rows = results.filter((result) => result.changes.includes(change));
    const width = Math.min(48, Math.max(...rows.map((row) => portName(row).length), 0));
    const left = count - rows.length;
    return [
      "",
      `${titles[change]}: ${count}`,
      ...rows.map((row) => `  ${portName(row).padEnd(width)}  ${changeText(row, change)}`.trimEnd()),
      ...(left > 0 ? [`  ${t("... and {0} more", left)}`] : []),
    ];
  });
  return [
    t("Earlier: {0}", runText(left)),
    t("Later:   {0}", runText(right)),
    ...(sections.length > 0 ? sections : ["", t("No port did anything else.")]),
    "",
  ].join("\n");
}

function runText({ id, target, startedAt, counts }: Run): string {
  const { built, failed, skipped, ignored } = counts;
  const when = new Date(startedAt).toISOString().slice(0, 16).replace("T", " ");
  return `${target}, ${when} UTC, built ${built}, failed ${failed}, skipped ${skipped}, ignored ${ignored} (${id})`;
}

function changeText({ left, right }: ComparedResult, change: Change): string {
  if (change === "version-changed") return `${versionText(left)} -> ${versionText(right)}`;
  if (change === "only-left") return resultText(left);
  if (change === "only-right") return resultText(right);
  return `${resultText(left)} -> ${resultText(right)}`;
}

const versionText = (result: Result | null): string => versionOf(result?.pkgname) || "-";

function resultText(result: Result | null): string {
  if (result === null) return "-";
  const { kind, phase, reason } = result;
  return [kind, phase && `in ${phase}`, reason && `(${reason})`].filter(Boolean).join(" ");
}
