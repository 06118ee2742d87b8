import { modelInfos } from "../../agent/model/configured.ts";
import type { Handlers } from "../context.ts";

export const modelsHandlers: Pick<Handlers, "models/list" | "models/setKey"> = {
  async "models/list"(_params, { services: { config, keys } }) {
    return { models: modelInfos(config.models, keys) };
  },

  async "models/setKey"({ keyVariable, key }, { services: { config, keys }, log, who }) {
    keys.set(keyVariable, key);
    log("info", `${who} gave a key for ${keyVariable}`);
    return { models: modelInfos(config.models, keys) };
  },
};
