import { portOfSpec } from "../../evidence/results/types.ts";
import type { PortHistory, Result } from "../../protocol/index.ts";
import { CliError, exitCodes } from "../failure.ts";
import { facts, portName, table, when } from "../output.ts";
import { callAndShow } from "../session.ts";
import type { Terminal } from "../terminal.ts";

interface PortOptions {
  target?: string;
  runs?: string;
}

/** What became of a port in the newest runs. */
export async function port(terminal: Terminal, spec: string, { target, runs }: PortOptions): Promise<void> {
  const named = portOfSpec(spec);
  if (named === null) throw new CliError(exitCodes.usage, `${spec} is no port: CATEGORY/PORT[@FLAVOR]`);
  const { origin, flavor } = named;
  const params = {
    ...{ origin, target, ...(flavor && { flavor }) },
    ...(runs !== undefined && { runs: Number(runs) }),
  };
  await callAndShow(terminal, "port/history", params, ({ histories }) =>
    histories.map((history) => showHistory(history, terminal.width)).join("\n"),
  );
}

function showHistory(history: PortHistory, width: number): string {
  const { target, last, lastBuilt, firstBad, flips, heldUpBy = [], results, older } = history;
  const roots = heldUpBy.map((root) => `${portName(root)}${root.caseId ? ` (case ${root.caseId})` : ""}`);
  const head = facts({
    port: `${portName(history)} on ${target}`,
    last: last && told(last),
    "last success": lastBuilt ? told(lastBuilt) : "none in these runs",
    "first bad": firstBad && told(firstBad),
    flapping: flips > 2 ? `went from built to failed or back ${flips} times` : null,
    "held up by": roots.join(", ") || null,
    case: history.caseId,
  });
  const columns = [
    { title: "RUN", value: ({ runId }: Result) => runId },
    { title: "AT", value: ({ at }: Result) => when(at) },
    { title: "RESULT", value: ({ kind }: Result) => kind },
    { title: "PACKAGE", value: ({ pkgname }: Result) => pkgname },
    { title: "PHASE", value: ({ phase }: Result) => phase },
    { title: "SECONDS", value: ({ seconds }: Result) => seconds ?? "-" },
    { title: "REASON", value: ({ reason }: Result) => reason },
  ];
  const cut = older ? "(older runs were not looked at: raise --runs)\n" : "";
  return `${head}${table(results, columns, width)}${cut}`;
}

const told = ({ kind, at, runId, pkgname }: Result): string =>
  [kind, when(at), pkgname, `in run ${runId}`].filter(Boolean).join(" ");
