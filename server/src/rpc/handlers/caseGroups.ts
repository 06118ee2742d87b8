import { PortwrightError } from "../../protocol/index.ts";
import type { Handlers } from "../context.ts";

const unfinished = (): Promise<never> => Promise.reject(new PortwrightError("badState", "not here yet"));

export const caseGroupsHandlers: Pick<Handlers, "cases/groups" | "case/lastGood"> = {
  async "cases/groups"({ limit, cursor, by, ...filter }, { services: { store } }) {
    const { items, total, nextCursor } = store.caseGroups(filter, by, { limit, cursor });
    return { groups: items, total, nextCursor };
  },
  "case/lastGood": unfinished,
};
