import type { CallParams } from "../../protocol/index.ts";
import { RpcError } from "../../rpc/clientErrors.ts";
import { CliError, exitCodes } from "../failure.ts";
import { portName, table, waitingText } from "../output.ts";
import { type ListOptions, more, pageSize } from "../page.ts";
import { callAndShow } from "../session.ts";
import type { Terminal } from "../terminal.ts";

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
  /** Of the group whose cases are wanted, "" included. */
  key?: string;
}

export async function cases(terminal: Terminal, options: CaseListOptions): Promise<void> {
  const { group: by, key, order } = options;
  if (key !== undefined && by === undefined)
    throw new CliError(exitCodes.usage, "--key is of a group: name its kind with --group");
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
  const group = by !== undefined && key !== undefined ? { by, key } : undefined;
  const shown =
    by !== undefined && group === undefined
      ? showGroups(terminal, { ...filter, by })
      : showCases(terminal, { ...filter, group, ...(order && { order }) });
  await shown.catch((error: unknown) => {
    if (!(error instanceof RpcError && error.kind === "badParams")) throw error;
    // The server names its parameter, the person wrote an option.
    const message = error.message.replace(/^state:/, "--in:").replace(/^classification:/, "--class:");
    throw new CliError(exitCodes.usage, message, error);
  });
}

function showGroups(terminal: Terminal, params: CallParams<"cases/groups">): Promise<void> {
  return callAndShow(terminal, "cases/groups", params, ({ groups, total, nextCursor }) => {
    if (groups.length === 0) return "no cases\n";
    type Group = (typeof groups)[number];
    // Only a signature's group is called by something else than its key.
    const keys = params.by === "signature" ? [{ title: "KEY", value: ({ key }: Group) => key }] : [];
    const columns = [
      ...keys,
      { title: "GROUP", value: ({ label }: Group) => label || "(none)" },
      { title: "CASES", value: ({ cases: count }: Group) => count },
      { title: "FOR YOU", value: ({ needsPerson }: Group) => needsPerson },
      { title: "BLOCKED", value: ({ blocked }: Group) => blocked },
    ];
    return `${table(groups, columns, terminal.width)}${groups.length} of ${total} groups\n${more(nextCursor)}`;
  });
}

function showCases(terminal: Terminal, params: CallParams<"cases/list">): Promise<void> {
  return callAndShow(terminal, "cases/list", params, ({ cases: found, total, nextCursor, waits = {} }) =>
    found.length === 0
      ? "no cases\n"
      : `${table(
          found,
          [
            { title: "CASE", value: ({ id }) => id },
            { title: "PORT", value: portName },
            { title: "TARGET", value: ({ target }) => target },
            { title: "STATE", value: ({ id, state }) => (id in waits ? `${state}, waits` : state) },
            { title: "CLASS", value: ({ classification }) => classification },
            { title: "BLOCKED", value: ({ blocked = 0 }) => blocked },
            { title: "TIER", value: ({ decision }) => decision?.tier ?? "-" },
            { title: "PHASE", value: ({ phase }) => phase ?? "-" },
            { title: "CAUSE", value: ({ cause }) => cause },
          ],
          terminal.width,
        )}${waitingText(Object.values(waits))}${found.length} of ${total} cases\n${more(nextCursor)}`,
  );
}
