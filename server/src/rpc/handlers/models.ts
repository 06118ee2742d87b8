import { modelInfos } from "../../agent/model/infos.ts";
import type { Handlers } from "../context.ts";

export const modelsHandlers: Pick<Handlers, "models/list" | "models/setKey" | "models/lend"> = {
  async "models/list"(_params, { services: { config, keys, lent } }) {
    return { models: modelInfos(config.models, keys, lent) };
  },

  async "models/setKey"({ keyVariable, key }, { services: { config, keys, lent }, log, who }) {
    keys.set(keyVariable, key);
    log("info", `${who} gave a key for ${keyVariable}`);
    return { models: modelInfos(config.models, keys, lent) };
  },

  async "models/lend"({ models }, { lend }) {
    lend(models);
    return {};
  },
};
