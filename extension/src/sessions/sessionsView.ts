import type { Attempt, SessionRow } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { Builders } from "../builders/builders.ts";
import { viewIds } from "../contributions.ts";
import { RowTree, type ViewNode } from "../views/rowTree.ts";
import { groupRow, sessionGroups, sessionRow } from "./rows.ts";

const { t } = vscode.l10n;
const limit = 50;
/** Ages in the rows go on. */
const pollMs = 60_000;

/** A row that stands for what is done about a case. */
interface SessionNode extends ViewNode {
  readonly caseId: string;
  readonly attempt: Attempt | undefined;
}

/** What runs, waits to run, waits for a person and was done. */
export function showSessions(builders: Builders, onError: (error: unknown) => void): RowTree {
  const tree = new RowTree({
    ...{ id: viewIds.sessions, builders, capability: "sessions", pollMs, onError },
    rowsOf: sessionsOf,
  });
  builders.onCases(() => tree.redraw());
  return tree;
}

async function sessionsOf({ name, connection: { call } }: Builder): Promise<ViewNode[]> {
  const [{ sessions, counts }, { models }] = await Promise.all([
    call("sessions/list", { limit }),
    call("models/list", {}),
  ]);
  const now = Date.now();
  const nodeOf = (session: SessionRow): SessionNode => ({
    builder: name,
    caseId: session.case.id,
    attempt: session.attempt ?? undefined,
    row: sessionRow(name, session, models, now, t),
  });
  return sessionGroups.flatMap((group) => {
    const rows = sessions.filter((session) => session.group === group);
    if (rows.length === 0) return [];
    return [
      { builder: name, row: groupRow(name, group, counts[group], t), children: () => rows.map(nodeOf) },
    ];
  });
}
