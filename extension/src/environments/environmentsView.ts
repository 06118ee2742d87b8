import type { EnvironmentInfo } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { Builders } from "../builders/builders.ts";
import { viewIds } from "../contributions.ts";
import { RowTree, type ViewNode } from "../views/rowTree.ts";
import { environmentParts, environmentRow } from "./rows.ts";

const { t } = vscode.l10n;
/** No event tells of edits and of commits that come. */
const pollMs = 30_000;

interface EnvironmentNode extends ViewNode {
  readonly environment: string;
}

/** Places in which ports are edited and built, with their health. */
export function showEnvironments(builders: Builders, onError: (error: unknown) => void): RowTree {
  return new RowTree({
    ...{ id: viewIds.environments, builders, capability: "environments", pollMs, onError },
    rowsOf: environmentsOf,
  });
}

async function environmentsOf({ name, connection: { call } }: Builder): Promise<ViewNode[]> {
  const { environments } = await call("env/list", {});
  const now = Date.now();
  return environments.map(
    (info): EnvironmentNode => ({
      ...{ builder: name, environment: info.name, row: environmentRow(name, info, now, t) },
      // Only a look at one of them measures its size.
      children: async () => partsOf(name, await call("env/status", { name: info.name })),
    }),
  );
}

function partsOf(builder: string, info: EnvironmentInfo): ViewNode[] {
  return environmentParts(builder, info, t).map((row) => ({ builder, row }));
}
