import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Call } from "../../../../extension/src/connection/client.ts";
import type { Case, MethodName, StoredEvent } from "../../../../server/src/protocol/index.ts";
import { methods } from "../../../../server/src/protocol/index.ts";
import { caseGroupsHandlers } from "../../../../server/src/rpc/handlers/caseGroups.ts";
import { caseHandlers } from "../../../../server/src/rpc/handlers/cases.ts";
import { openStore } from "../../../../server/src/store/sqlite/open.ts";

import { sampleBundle, sampleRun } from "../../../fixtures/states/entities.ts";

export interface CaseStore extends AsyncDisposable {
  /** As over a connection: the server's own handlers, without the wire. */
  readonly call: Call;
  /** Requests so far. */
  readonly asked: { method: string; params: object }[];
  /** Keeps the cases as they are now, and gives the events that tell of it. */
  put(...cases: readonly Case[]): readonly StoredEvent[];
  /** Requests fail with it from now on; null mends that. */
  fail(error: Error | null): void;
}

/** A real store of cases in a folder of its own. */
export async function openCaseStore(): Promise<CaseStore> {
  const dir = await mkdtemp(join(tmpdir(), "portwright-cases-"));
  const store = openStore({ dir, now: Date.now });
  store.append([
    { type: "run/changed", payload: sampleRun() },
    { type: "bundle/added", payload: sampleBundle({ id: "b1" }) },
  ]);
  const asked: CaseStore["asked"] = [];
  const handlers: Record<string, (params: never, context: never) => Promise<unknown>> = {
    ...caseHandlers,
    ...caseGroupsHandlers,
  };
  let failure: Error | null = null;
  return {
    asked,
    call: async (method, params) => {
      asked.push({ method, params });
      if (failure) throw failure;
      const [parameters] = methods[method satisfies MethodName];
      const answer = await handlers[method]?.(
        parameters.parse(params) as never,
        { services: { store } } as never,
      );
      return answer as never;
    },
    put: (...cases) => store.append(cases.map((payload) => ({ type: "case/changed", payload }))),
    fail(error) {
      failure = error;
    },
    async [Symbol.asyncDispose]() {
      store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
