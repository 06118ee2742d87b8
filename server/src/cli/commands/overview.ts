import { restText } from "../../agent/model/breaker.ts";
import { kindText } from "../../protocol/attention.ts";
import type { LiveRun, MethodResult, Run, ServerStatus } from "../../protocol/index.ts";
import { journalText, showBuilders, showIdle, showLive, showWorkers } from "../liveText.ts";
import { facts, oneLine, table, when } from "../output.ts";
import { type ListOptions, more, pageSize } from "../page.ts";
import { asJson, callAndShow, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";

/** Counts as `3 open, 1 waiting`. */
function counts(record: Record<string, number>): string {
  const parts = Object.entries(record).filter(([, count]) => count > 0);
  return parts.map(([name, count]) => `${count} ${name}`).join(", ") || "none";
}

function showStatus(status: ServerStatus): string {
  const { journal, models, environment } = status;
  return facts({
    version: status.version,
    state: status.state,
    evidence: status.evidence,
    journal: `${journalText(journal)}${journal.problem ? `; ${journal.problem}` : ""}`,
    events: status.seq,
    ...showBuilders(status.builders),
    "active runs": status.runs,
    "dead builders": status.lockTest && `noticed by ${status.lockTest}`,
    cases: counts(status.cases),
    jobs: counts(status.jobs),
    ...showWorkers(status.workers),
    ...showIdle(status.idle),
    environment: `${kindText(environment.kind, environment.farKind)}: ${environment.note}`,
    "jobs wait": environment.problem && oneLine(environment.problem),
    models: `triage ${models.triage ?? "none"}, patch ${models.patch ?? "none"}`,
    ...showEndpoints(status.endpoints),
    automation: status.automation ? "on" : "off",
  });
}

/** Those of models that are not asked now. */
function showEndpoints(endpoints: ServerStatus["endpoints"] = []): Record<string, string> {
  const resting = endpoints.filter(({ state }) => state !== "closed");
  return Object.fromEntries(resting.map((one) => [`endpoint ${one.endpoint}`, oneLine(restText(one))]));
}

export async function status(terminal: Terminal): Promise<void> {
  await callAndShow(terminal, "status", {}, showStatus);
}

export async function runs(terminal: Terminal, { target, limit }: ListOptions): Promise<void> {
  const { list, live } = await withServer(terminal, async (client) => ({
    list: await client.call("runs/list", { target, ...pageSize(limit) }, terminal.signal),
    live: (await client.call("runs/live", {}, terminal.signal)).runs,
  }));
  const shown = live.filter((run) => target === undefined || run.target === target);
  terminal.out(terminal.json ? asJson({ ...list, live: shown }) : showRuns(list, shown, terminal.width));
}

function showRuns(
  { runs: found, nextCursor }: MethodResult<"runs/list">,
  live: readonly LiveRun[],
  width: number,
): string {
  if (found.length === 0) return "no runs yet: a builder with the hooks installed makes them\n";
  const rows = table(
    found,
    [
      { title: "RUN", value: ({ id }) => id },
      { title: "TARGET", value: ({ target: name }) => name },
      { title: "STATE", value: ({ state }) => state },
      { title: "FOR", value: ({ buildType }) => buildType ?? "-" },
      { title: "STARTED", value: ({ startedAt }) => when(startedAt) },
      { title: "QUEUED", value: ({ queued }) => queued ?? "-" },
      { title: "BUILT", value: ({ counts: { built } }) => built },
      { title: "FAILED", value: ({ counts: { failed } }) => failed },
      { title: "SKIPPED", value: ({ counts: { skipped } }) => skipped },
      { title: "IGNORED", value: ({ counts: { ignored } }) => ignored },
      { title: "TREES", value: treesText },
    ],
    width,
  );
  return rows + more(nextCursor) + showLive(live, width);
}

function treesText({ trees = {} }: Run): string {
  return Object.entries(trees)
    .map(([name, { commit, branch }]) => `${name} ${commit.slice(0, 12)}${branch && ` (${branch})`}`)
    .join(", ");
}

export async function jobs(terminal: Terminal, { limit }: ListOptions): Promise<void> {
  await callAndShow(terminal, "jobs/list", pageSize(limit), ({ jobs: found, nextCursor }) =>
    found.length === 0
      ? "no jobs yet\n"
      : table(
          found,
          [
            { title: "JOB", value: ({ id }) => id },
            { title: "KIND", value: ({ kind }) => kind },
            { title: "CASE", value: ({ caseId }) => caseId },
            { title: "STATE", value: ({ state }) => state },
            { title: "BY", value: ({ requestedBy }) => requestedBy },
            { title: "QUEUED", value: ({ queuedAt }) => when(queuedAt) },
            { title: "ENDED", value: ({ endedAt }) => when(endedAt) },
            { title: "ERROR", value: ({ error }) => oneLine(error ?? "") },
          ],
          terminal.width,
        ) + more(nextCursor),
  );
}

export async function stopServer(terminal: Terminal): Promise<void> {
  await callAndShow(terminal, "shutdown", {}, () => "the server is ending\n");
}
