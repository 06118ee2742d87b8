import type { RequestForm, Turn, Usage } from "../../protocol/index.ts";
import { ModelError, type ModelErrorReason } from "./error.ts";
import type { RecordedModel } from "./prices.ts";
import type { Completion, CompletionRequest, Message, ModelProvider } from "./types.ts";

/**
 * Failures that may be the endpoint's alone: it is down, or refuses with what no retry mends. A conversation that is too
 * long, an answer that broke off and one that the model refused are not.
 */
const elsewhere: readonly ModelErrorReason[] = [
  ...([
    "no-editor",
    "unavailable",
    "timeout",
    "rate-limited",
    "auth",
    "quota",
    "not-found",
    "bad-request",
  ] as const),
];

/** Where an earlier server left a conversation that goes on. */
export interface Standing {
  /** Who answered last; undefined for the provider that is asked first. */
  answeredBy: Turn["answeredBy"];
  /** Of the last request. */
  form: RequestForm | undefined;
  /** Messages that were there when he took over from another one. */
  foreign: number;
}

/**
 * Asks the providers of one conversation in turn: the next one when a call failed before anything of its answer came. It
 * stays with the one that answered, whose cache holds the conversation. Throws ModelError naming all that failed.
 */
export function createFailover(
  providers: readonly [ModelProvider, ...ModelProvider[]],
  onSwitch: (words: string) => void,
  since: Standing = { answeredBy: undefined, form: undefined, foreign: 0 },
): ModelProvider {
  const [first] = providers;
  const { answeredBy, form } = since;
  const standing = providers.findIndex(
    ({ name, model }) => name === answeredBy?.provider && model === answeredBy.model,
  );
  const waiting = providers.slice(Math.max(0, standing) + 1);
  const failures = standing > 0 && answeredBy !== undefined ? [answeredBy.reason] : [];
  let provider = providers[standing] ?? first;
  let foreign = standing > 0 ? since.foreign : 0;
  if (form !== undefined) provider.adopt?.(form);

  /** The next that the call's budget can pay; those that are passed over are told with the `failed`. */
  function nextFor(request: CompletionRequest, failed: string[]): ModelProvider | undefined {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (roomFor(request, recorded(next)) > 0) return next;
      failed.push(`${next.name} ${next.model}: its answer would cost more than the budget leaves.`);
    }
    return undefined;
  }

  async function complete(request: CompletionRequest): Promise<Completion> {
    let { maxOutputTokens } = request;
    for (;;) {
      let began = false;
      const watch = {
        delta(delta: { text: string; reasoning: string }) {
          began = true;
          request.watch?.delta(delta);
        },
        again() {
          began = true;
          request.watch?.again();
        },
      };
      const who = recorded(provider);
      const lost = (usage: Usage): void => request.lost?.(usage, provider === first ? undefined : who);
      try {
        const messages = ownExtras(request.messages, foreign);
        const completion = await provider.complete({ ...request, maxOutputTokens, messages, watch, lost });
        return failures.length === 0
          ? completion
          : { ...completion, answeredBy: { ...who, reason: failures.join(" ") } };
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        const failed = [`${provider.name} ${provider.model}: ${error.userMessage}`];
        const next = began || !elsewhere.includes(error.reason) ? undefined : nextFor(request, failed);
        const all = [...failures, ...failed];
        if (next === undefined)
          throw all.length === 1 ? error : new ModelError(error.reason, all.join(" "), error);
        request.signal.throwIfAborted();
        failures.push(...failed);
        maxOutputTokens = roomFor(request, recorded(next));
        foreign = request.messages.length;
        onSwitch(`${failed.join(" ")} ${next.name} ${next.model} is asked for the rest of the attempt`);
        provider = next;
      }
    }
  }

  return { name: first.name, model: first.model, complete };
}

const recorded = ({ name, model }: ModelProvider): RecordedModel => ({ provider: name, model });

/** Tokens that the answer may have where it is this stand-in's. */
export const roomFor = ({ maxOutputTokens, afford }: CompletionRequest, by: RecordedModel): number =>
  Math.min(maxOutputTokens, afford?.(by) ?? maxOutputTokens);

/** Without the fields of their own that other endpoints sent with the first `foreign` messages: they kill the call elsewhere. */
export function ownExtras(messages: readonly Message[], foreign: number): readonly Message[] {
  if (foreign === 0) return messages;
  return messages.map((message, index) => {
    if (index >= foreign || message.role !== "assistant") return message;
    const { extra: _, ...plain } = message;
    return { ...plain, calls: message.calls.map(({ extra: __, ...call }) => call) };
  });
}
