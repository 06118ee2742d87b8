import { PortwrightError, type Run } from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";
import { rootsOf } from "../../tracker/blocked.ts";
import { portHistories } from "../../tracker/portHistory.ts";
import type { Handlers } from "../context.ts";

export const runResultsHandlers: Pick<Handlers, "port/history" | "run/get" | "run/results" | "runs/compare"> =
  {
    async "port/history"(request, { services: { store } }) {
      return { histories: portHistories(store, request) };
    },

    async "run/get"({ run }, { services: { store } }) {
      return { run: runOf(store, run) };
    },

    async "run/results"({ run, kind, text, ...page }, { services: { store } }) {
      const { id: runId } = runOf(store, run);
      const { items, total, nextCursor } = store.resultPage({ runId, kind, text }, page);
      const results = items.map((result) =>
        result.kind === "skipped" ? { ...result, heldUpBy: rootsOf(store, result) } : result,
      );
      return { results, total, nextCursor };
    },

    async "runs/compare"({ left: before, right: after, change, ...page }, { services: { store } }) {
      const [left, right] = [runOf(store, before), runOf(store, after)];
      const { items, counts, nextCursor } = store.compareRuns({ left, right, change }, page);
      return { left, right, counts, results: items, nextCursor };
    },
  };

/** Throws PortwrightError notFound for a run that is not known. */
export function runOf(store: Store, id: string): Run {
  const run = store.run(id);
  if (run) return run;
  throw new PortwrightError("notFound", `there is no run ${id}: \`portwright runs\` lists them`);
}
