import { lastGoodLog } from "../../tracker/lastGood.ts";
import { resolveCase } from "../../tracker/resolve.ts";
import type { Handlers } from "../context.ts";

export const caseGroupsHandlers: Pick<Handlers, "cases/groups" | "case/lastGood"> = {
  async "cases/groups"({ limit, cursor, by, ...filter }, { services: { store } }) {
    const { items, total, nextCursor } = store.caseGroups(filter, by, { limit, cursor });
    return { groups: items, total, nextCursor };
  },

  async "case/lastGood"({ case: ref, target }, { services: { store } }) {
    return lastGoodLog(store, resolveCase(store, ref, target));
  },
};
