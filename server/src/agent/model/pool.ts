import type { EditorModel, EndpointModel, ServerConfig } from "../../config/config.ts";
import type { EndpointHealth } from "../../protocol/index.ts";
import { type Breaker, createBreaker, whyRests } from "./breaker.ts";
import { configuredModels, failoverOf, type ModelKeys } from "./configured.ts";
import { createEditorProvider, nobodyLends } from "./editor.ts";
import {
  type Editor,
  editorProviderName,
  type LentModels,
  type WantedModel,
  wantedLabel,
} from "./editors.ts";
import { createFailover, type Standing } from "./failover.ts";
import { lentByName } from "./infos.ts";
import { createOpenAiProvider, type OpenAiOptions } from "./openai.ts";
import type { ModelProvider } from "./types.ts";

/** Every model, for whatever is asked of it: diagnosis and repair share retries, stand-ins and breakers. */
export interface ModelPool {
  /** Of the configuration, in its order, those with a role first. */
  readonly names: readonly string[];
  /**
   * A conversation of its own with that model, and with those that stand in for it; it goes on from where it was left when
   * that is given. One that an editor lends goes by the name that people see, whether it is lent now or not. Throws for an
   * unknown name.
   */
  conversation(name: string, standing?: Standing): ModelProvider;
  /** Why nobody could answer in a conversation with that model at this moment, be it left alone or lent by nobody; else null. */
  whyDown(name: string): string | null;
  health(): EndpointHealth[];
}

interface PoolOptions extends Pick<OpenAiOptions, "now" | "sleep" | "random" | "newId"> {
  models: ServerConfig["models"];
  keys: ModelKeys;
  lent: LentModels;
  warn: (words: string) => void;
}

interface Source {
  provider: ModelProvider;
  whyDown(): string | null;
}

/** Of models that are lent and not configured. */
const lentBounds = { maxOutputTokens: 8192 };

export function createModelPool(options: PoolOptions): ModelPool {
  const { models, keys, lent, warn, now, newId, random, sleep } = options;
  const asking = { now, newId, random, sleep };
  const breakers = new Map<string, Breaker>();
  const breakerOf = (address: string, name: string): Breaker => {
    const known = breakers.get(address) ?? createBreaker(name, now);
    breakers.set(address, known);
    return known;
  };
  /** Gone with the editor's connection. */
  const editorBreakers = new WeakMap<Editor, Breaker>();
  const breakerOfEditor = (editor: Editor): Breaker => {
    const known = editorBreakers.get(editor) ?? createBreaker(`${editorProviderName} ${editor.client}`, now);
    editorBreakers.set(editor, known);
    return known;
  };
  const ofEndpoint = ({ keyVariable, ...config }: EndpointModel): Source => {
    const { baseURL, model, maxOutputTokens, contextTokens, profile } = config;
    const breaker = breakerOf(baseURL, new URL(baseURL).host);
    const apiKey = (): string => keys.of(keyVariable);
    if (apiKey() === "") warn(`${keyVariable} is not set: ${model} is asked without a key`);
    const given = { baseURL, apiKey, model, maxOutputTokens, contextTokens, profile };
    return {
      provider: createOpenAiProvider({ ...asking, ...given, breaker }),
      whyDown: () => whyRests(breaker),
    };
  };
  const ofEditor = (
    wanted: WantedModel,
    bounds: Pick<EditorModel, "maxOutputTokens" | "contextTokens">,
  ): Source => {
    const { maxOutputTokens, contextTokens } = bounds;
    const given = { lent, wanted, maxOutputTokens, contextTokens };
    return {
      provider: createEditorProvider({ ...asking, ...given, breakerOf: breakerOfEditor }),
      whyDown() {
        if (lent.find(wanted, (editor) => breakerOfEditor(editor).resting)) return null;
        const resting = lent.find(wanted);
        return resting ? whyRests(breakerOfEditor(resting.editor)) : nobodyLends(wantedLabel(wanted));
      },
    };
  };
  const sources = new Map(
    configuredModels(models).map(({ name, config }) => [
      name,
      config.provider === "editor" ? ofEditor(config, config) : ofEndpoint(config),
    ]),
  );
  const sourceOf = (name: string): Source | undefined => {
    const wanted = lentByName(name);
    return wanted === null ? sources.get(name) : ofEditor(wanted, lentBounds);
  };
  const lineOf = (name: string) => [name, ...failoverOf(models, name)].flatMap((one) => sourceOf(one) ?? []);
  return {
    names: [...sources.keys()],
    conversation(name, standing) {
      const [first, ...others] = lineOf(name).map((source) => source.provider);
      if (first === undefined || sourceOf(name) === undefined)
        throw new Error(`no model ${name} is configured`);
      return createFailover([first, ...others], warn, standing);
    },
    whyDown(name) {
      const reasons = lineOf(name).map((source) => source.whyDown());
      const down = reasons.filter((reason) => reason !== null);
      return down.length === 0 || down.length < reasons.length ? null : [...new Set(down)].join("; ");
    },
    health: () =>
      [...breakers.values(), ...lent.editors().map(breakerOfEditor)].map((breaker) => breaker.health),
  };
}
