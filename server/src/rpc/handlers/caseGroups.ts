import { lastGoodLog } from "../../tracker/lastGood.ts";
import { resolveCase } from "../../tracker/resolve.ts";
import type { Handlers } from "../context.ts";
import { runOf } from "./runResults.ts";

type CaseListMethods = "cases/groups" | "cases/search" | "case/lastGood";

export const caseGroupsHandlers: Pick<Handlers, CaseListMethods> = {
  async "cases/groups"({ limit, cursor, by, ...filter }, { services: { store } }) {
    const { items, total, nextCursor } = store.caseGroups(filter, by, { limit, cursor });
    return { groups: items, total, nextCursor };
  },

  async "cases/search"({ text, limit, cursor, ...filter }, { services: { store } }) {
    if (filter.run !== undefined) runOf(store, filter.run);
    const { items, nextCursor } = store.search(text, filter, { limit, cursor });
    return { hits: items, nextCursor };
  },

  async "case/lastGood"({ case: ref, target }, { services: { store } }) {
    return lastGoodLog(store, resolveCase(store, ref, target));
  },
};
