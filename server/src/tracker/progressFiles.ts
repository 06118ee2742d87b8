import { portKey } from "../evidence/results/types.ts";
import type { LiveRun, Result, Run } from "../protocol/index.ts";
import { countRoots } from "./blocked.ts";

/** dsynth begins another history file beyond that many bytes (html.c). */
const historyBytes = 50_000;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * A run as the files that dsynth's progress page reads: `summary.json`, `01_history.json` and on, by name, in dsynth's own
 * shape (html.c). `live` is how the builder shows it just now; null for one that is over. What the store does not keep (slot
 * of a finished port, meta ports, swap) is written as dsynth writes it where it does not know.
 */
export function progressFiles(
  run: Run,
  results: readonly Result[],
  live: LiveRun | null,
  now: number,
): Map<string, string> {
  const files = historyFiles(run, results);
  const { built, failed, ignored, skipped } = live?.counts ?? run.counts;
  const seconds = Math.max(0, Math.round(((run.endedAt ?? now) - run.startedAt) / 1000));
  const done = built + failed + ignored + skipped;
  const rate = seconds === 0 ? 0 : Math.round(((built + failed) * 3600) / seconds);
  const summary = {
    profile: run.profile,
    kickoff: ` ${kickoff(run.startedAt)}`,
    kfiles: files.length,
    active: run.state === "active" ? 1 : 0,
    stats: {
      ...{ queued: live?.queued ?? run.queued ?? done, built, failed, ignored, skipped },
      ...{ remains: live?.remaining ?? 0, meta: 0, elapsed: ` ${clock(seconds)}` },
      ...{ pkghour: live?.perHour ?? rate, impulse: live?.impulse ?? 0, swapinfo: "-    " },
      load: (live?.load ?? 0).toFixed(1).padStart(5),
    },
    builders: (live?.slots ?? []).map(({ slot, origin, flavor, phase, lines, seconds: at }) => ({
      ID: slot,
      elapsed: at === null ? " --:--:--" : ` ${clock(at)}`,
      ...{ phase: phase || "Idle", origin: origin && portKey(origin, flavor) },
      lines: origin ? String(lines) : "",
    })),
  };
  return new Map([
    ...files.map((text, index): [string, string] => [historyFile(index + 1), text]),
    ["summary.json", `${JSON.stringify(summary, null, 1)}\n`],
  ]);
}

const historyFile = (number: number): string => `${String(number).padStart(2, "0")}_history.json`;

/** In the order in which the results came. */
function historyFiles(run: Run, results: readonly Result[]): string[] {
  const held = countRoots(results.filter(({ kind }) => kind === "skipped"));
  const files: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const [index, result] of results.toSorted((a, b) => a.at - b.at).entries()) {
    const { kind, origin, flavor, seconds } = result;
    const entry = JSON.stringify({
      entry: index + 1,
      elapsed: clock(Math.max(0, Math.round((result.at - run.startedAt) / 1000))),
      ...{ ID: "-1", result: kind, origin: portKey(origin, flavor) },
      info: plain(infoOf(result, held.get(portKey(origin, flavor)) ?? 0)),
      duration: seconds === undefined ? "" : clock(seconds),
    });
    if (bytes > historyBytes) {
      files.push([]);
      bytes = 0;
    }
    files.at(-1)?.push(entry);
    bytes += Buffer.byteLength(entry);
  }
  return files.map((entries) => `[\n  ${entries.join("\n  ,")}\n]\n`);
}

function infoOf({ kind, phase, reason }: Result, held: number): string {
  if (kind === "failed") return `${phase}: ${held}`;
  if (kind === "ignored") return `${reason} :|:${held}`;
  return kind === "skipped" ? `${reason} ` : "";
}

/** dsynth writes blanks for what would have to be escaped. */
const plain = (text: string): string => text.replace(/["\\\p{Cc}]/gu, " ");

/** `22-Nov-2026 06:36:02 GMT` */
function kickoff(at: number): string {
  const [day = "", time = ""] = new Date(at).toISOString().split("T");
  const [year, month, date] = day.split("-");
  return `${date}-${months[Number(month) - 1]}-${year} ${time.slice(0, 8)} GMT`;
}

/** Hours may have more than two digits. */
function clock(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
