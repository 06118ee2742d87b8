import type { CallParams, LiveRun, MethodResult, ServerStatus } from "../../protocol/index.ts";
import { RpcError } from "../../rpc/clientErrors.ts";
import { CliError, exitCodes } from "../failure.ts";
import { showBuilders, showLive } from "../liveText.ts";
import { facts, oneLine, portName, table, when } from "../output.ts";
import { asJson, callAndShow, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";

interface ListOptions {
  target?: string;
  limit?: string;
}

/** Counts as `3 open, 1 waiting`. */
function counts(record: Record<string, number>): string {
  const parts = Object.entries(record).filter(([, count]) => count > 0);
  return parts.map(([name, count]) => `${count} ${name}`).join(", ") || "none";
}

function showStatus(status: ServerStatus): string {
  const { journal, models, environment } = status;
  const damaged = journal.damaged > 0 ? `, ${journal.damaged} damaged records` : "";
  return facts({
    version: status.version,
    state: status.state,
    evidence: status.evidence,
    journal: `${journal.offset} of ${journal.bytes} bytes read${damaged}${journal.problem ? `; ${journal.problem}` : ""}`,
    events: status.seq,
    ...showBuilders(status.builders),
    "active runs": status.runs,
    "dead builders": status.lockTest && `noticed by ${status.lockTest}`,
    cases: counts(status.cases),
    jobs: counts(status.jobs),
    environment: `${environment.kind}: ${environment.note}`,
    models: `triage ${models.triage ?? "none"}, patch ${models.patch ?? "none"}`,
    automation: status.automation ? "on" : "off",
  });
}

/** Says that a page is not all there is. */
const more = (nextCursor: string | null): string => (nextCursor ? "(more: raise --limit)\n" : "");

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
      { title: "STARTED", value: ({ startedAt }) => when(startedAt) },
      { title: "BUILT", value: ({ counts: { built } }) => built },
      { title: "FAILED", value: ({ counts: { failed } }) => failed },
      { title: "SKIPPED", value: ({ counts: { skipped } }) => skipped },
      { title: "IGNORED", value: ({ counts: { ignored } }) => ignored },
    ],
    width,
  );
  return rows + more(nextCursor) + showLive(live, width);
}

interface CaseListOptions extends ListOptions {
  // Given by the person as they are; the server names the values that it knows.
  in?: string;
  class?: string;
  search?: string;
  assignee?: string;
  forYou?: boolean;
  hidden?: boolean;
  order?: CallParams<"cases/list">["order"];
  group?: CallParams<"cases/groups">["by"];
}

export async function cases(terminal: Terminal, options: CaseListOptions): Promise<void> {
  const filter = {
    target: options.target,
    state: options.in as never,
    classification: options.class as never,
    text: options.search,
    assignee: options.assignee,
    needsPerson: options.forYou,
    hidden: options.hidden ? undefined : ("without" as const),
    ...pageSize(options.limit),
  };
  const { group: by, order } = options;
  const shown = by
    ? showGroups(terminal, { ...filter, by })
    : showCases(terminal, { ...filter, ...(order && { order }) });
  await shown.catch((error: unknown) => {
    if (!(error instanceof RpcError && error.kind === "badParams")) throw error;
    // The server names its parameter, the person wrote an option.
    const message = error.message.replace(/^state:/, "--in:").replace(/^classification:/, "--class:");
    throw new CliError(exitCodes.usage, message, error);
  });
}

function showGroups(terminal: Terminal, params: CallParams<"cases/groups">): Promise<void> {
  return callAndShow(terminal, "cases/groups", params, ({ groups, total, nextCursor }) =>
    groups.length === 0
      ? "no cases\n"
      : `${table(
          groups,
          [
            { title: "GROUP", value: ({ label }) => label || "(none)" },
            { title: "CASES", value: ({ cases: count }) => count },
            { title: "FOR YOU", value: ({ needsPerson }) => needsPerson },
            { title: "BLOCKED", value: ({ blocked }) => blocked },
          ],
          terminal.width,
        )}${groups.length} of ${total} groups\n${more(nextCursor)}`,
  );
}

function showCases(terminal: Terminal, params: CallParams<"cases/list">): Promise<void> {
  return callAndShow(terminal, "cases/list", params, ({ cases: found, total, nextCursor }) =>
    found.length === 0
      ? "no cases\n"
      : `${table(
          found,
          [
            { title: "CASE", value: ({ id }) => id },
            { title: "PORT", value: portName },
            { title: "TARGET", value: ({ target }) => target },
            { title: "STATE", value: ({ state }) => state },
            { title: "CLASS", value: ({ classification }) => classification },
            { title: "BLOCKED", value: ({ blocked = 0 }) => blocked },
            { title: "TIER", value: ({ decision }) => decision?.tier ?? "-" },
            { title: "PHASE", value: ({ phase }) => phase ?? "-" },
            { title: "CAUSE", value: ({ cause }) => cause },
          ],
          terminal.width,
        )}${found.length} of ${total} cases\n${more(nextCursor)}`,
  );
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

function pageSize(limit: string | undefined): { limit?: number } {
  return limit === undefined ? {} : { limit: Number(limit) };
}

export async function stopServer(terminal: Terminal): Promise<void> {
  await callAndShow(terminal, "shutdown", {}, () => "the server is ending\n");
}
