import type { JournalStatus, LiveRun, ServerStatus } from "../protocol/index.ts";
import { portName, table } from "./output.ts";

/** `1:02:03`, or `2:03`. */
function duration(seconds: number | null): string {
  if (seconds === null) return "-";
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** What the builders of active runs are at; "" when there is nothing to tell. */
export function showLive(runs: readonly LiveRun[], width: number): string {
  return runs
    .map((run) => {
      const { runId, remaining, queued, perHour, impulse, load, seconds, slots, etaSeconds } = run;
      const left = etaSeconds === undefined ? "" : `, about ${duration(etaSeconds)} left`;
      const rate = `${perHour} packages an hour, lately ${impulse}`;
      const head = `\n${runId}: ${remaining} of ${queued} to go after ${duration(seconds)}${left}, ${rate}, load ${load}\n`;
      const busy = slots.filter(({ origin }) => origin !== "");
      if (busy.length === 0) return head;
      const columns = [
        { title: "SLOT", value: ({ slot }: (typeof busy)[number]) => slot },
        { title: "PORT", value: portName },
        { title: "PHASE", value: ({ phase }: (typeof busy)[number]) => phase },
        { title: "LINES", value: ({ lines }: (typeof busy)[number]) => lines },
        { title: "TIME", value: ({ seconds: time }: (typeof busy)[number]) => duration(time) },
      ];
      return head + table(busy, columns, width);
    })
    .join("");
}

/** Each job under way, and for how long one gave no sign of life. */
export function showWorkers(workers: ServerStatus["workers"] = []): Record<string, string> {
  const now = Date.now();
  return Object.fromEntries(
    workers.map(({ jobId, kind, stage, since, heartbeatAt, stale, ...port }) => {
      const spent = duration(Math.round((now - since) / 1000));
      const silent = stale ? `, NO SIGN for ${duration(Math.round((now - heartbeatAt) / 1000))}` : "";
      return [
        `worker ${jobId}`,
        `${kind} of ${portName(port)}${stage && `, ${stage}`}, for ${spent}${silent}`,
      ];
    }),
  );
}

/** Workers that have nothing to do. */
export function showIdle(idle: ServerStatus["idle"] = []): Record<string, string> {
  const now = Date.now();
  return Object.fromEntries(
    idle.map(({ kinds, count, heartbeatAt, stale }) => {
      const since = duration(Math.round((now - heartbeatAt) / 1000));
      return [`idle for ${kinds.join(", ")}`, `${count}${stale ? `, NO SIGN for ${since}` : ""}`];
    }),
  );
}

/** The way to each far builder, with what to do where it is barred. */
export function showBuilders(builders: ServerStatus["builders"] = []): Record<string, string> {
  return Object.fromEntries(
    builders.map(({ name, address, state, problem, ...journal }) => [
      `builder ${name}`,
      `${state}, ${address}, ${journalText(journal)}${problem === null ? "" : `: ${problem}`}`,
    ]),
  );
}

export function journalText({ offset, bytes, damaged, restarts = 0 }: JournalStatus): string {
  const parts = [
    `${offset} of ${bytes} bytes read`,
    damaged > 0 && `${damaged} damaged records`,
    restarts > 0 && `replaced or cut ${restarts} times, and read again from its start`,
  ];
  return parts.filter(Boolean).join(", ");
}
