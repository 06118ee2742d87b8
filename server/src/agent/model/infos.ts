import type { EndpointModel, ServerConfig } from "../../config/config.ts";
import type { ModelInfo } from "../../protocol/index.ts";
import { configuredModels, failoverOf, type ModelKeys } from "./configured.ts";
import {
  editorProviderName,
  type Lent,
  type LentModels,
  lentKey,
  type WantedModel,
  wantedLabel,
} from "./editors.ts";

/** What a person may know of the models that he can choose: those of the configuration, then what editors lend. Never a key. */
export function modelInfos(models: ServerConfig["models"], keys: ModelKeys, lent: LentModels): ModelInfo[] {
  const configured = configuredModels(models).map(({ name, roles, config }) => ({
    ...{ name, roles, price: config.price ?? null },
    ...(config.provider === "editor"
      ? { model: wantedLabel(config), ...ofEditor(lent.find(config)) }
      : ofEndpoint(config, keys)),
    ...(failoverOf(models, name).length > 0 && { failover: [...failoverOf(models, name)] }),
  }));
  const others = lent.list().map((one): ModelInfo => {
    const model = lentKey(one.model);
    return { name: `${prefix}${model}`, roles: [], price: null, model, ...ofEditor(one) };
  });
  return [...configured, ...others];
}

function ofEndpoint({ model, baseURL, keyVariable }: EndpointModel, keys: ModelKeys) {
  return { model, endpoint: new URL(baseURL).host, keyVariable, hasKey: keys.of(keyVariable) !== "" };
}

function ofEditor(found: Lent | null) {
  const editor = { client: found?.editor.client ?? null };
  return { endpoint: editorProviderName, keyVariable: "", hasKey: true, editor };
}

/** Before the key of a model that is lent and not configured; no name of the configuration begins so. */
const prefix = "editor:";

/** The model that people mean by such a name; null for any other name. */
export function lentByName(name: string): WantedModel | null {
  const [vendor = "", ...id] = name.startsWith(prefix) ? name.slice(prefix.length).split("/") : [];
  return vendor === "" || id.length === 0 ? null : { vendor, model: id.join("/") };
}
