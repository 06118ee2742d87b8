import type { Readable, Writable } from "node:stream";
import { z } from "zod";
import { EnvironmentError } from "../errors.ts";
import { type Answerers, type Call, createAnswerers, type Lent } from "./answers.ts";
import { Asked, type CallName, calls, lendingVersion, type TakenParams } from "./calls.ts";
import { failureOf } from "./failure.ts";
import { messagesOf, send } from "./wire.ts";

export interface LendOptions {
  input: Readable;
  output: Writable;
  /** Makes what is lent, for builders of the host that asks; `signal` is closed when that is not wanted any more. */
  begin(asking: TakenParams<"begin">, signal: AbortSignal): Promise<Lent>;
  /** Closed when this program shall end. */
  signal: AbortSignal;
  /** How long the host that asks may be silent before it counts as gone, in milliseconds. */
  silenceMs?: number;
}

/** What runs here has mostly ended before the other side finds the connection broken and asks again. */
const usualSilenceMs = 40_000;
/** What runs is ended within 5 s. */
const endingMs = 15_000;

/**
 * Answers another host's calls until its stream ends, or nothing has been heard of it for too long; what still runs for it
 * is ended then.
 */
export async function lendEnvironments(options: LendOptions): Promise<void> {
  const { input, output, signal, silenceMs = usualSilenceMs } = options;
  const over = new AbortController();
  const running = new Map<number, { stop: AbortController; taken: () => void; ended: Promise<void> }>();
  let answerers: Answerers | null = null;
  let heard = () => {};
  const end = () => {
    over.abort();
    input.destroy();
  };
  signal.addEventListener("abort", end, { once: true });
  output.on("error", end);
  const silence = setTimeout(end, silenceMs);

  const answer = async (name: string, params: unknown, call: Call): Promise<unknown> => {
    if (!Object.hasOwn(calls, name)) throw new EnvironmentError("system", `there is no call ${name}`);
    const known = name as CallName;
    const asked = calls[known].params.safeParse(params);
    if (known === "begin" && !asked.success)
      throw new EnvironmentError(
        "unavailable",
        `Portwright there lends environments in version ${lendingVersion}, this one asks otherwise: install the same Portwright on both hosts`,
      );
    if (!asked.success)
      throw new EnvironmentError("system", `call ${name} is not understood: ${z.prettifyError(asked.error)}`);
    if (known === "alive") return {};
    if (known === "begin") {
      const lent = await options.begin(asked.data as TakenParams<"begin">, call.signal);
      answerers = createAnswerers(lent);
      heard = lent.heard;
      return { kind: lent.manager.kind };
    }
    if (answerers === null) throw new EnvironmentError("system", `call ${name} came before begin`);
    return answerers[known](asked.data as never, call);
  };

  function take({ id, call: name, params }: { id: number; call: string; params?: unknown }): void {
    const stop = new AbortController();
    const state = { stop, taken: () => {}, ended: Promise.resolve() };
    const call: Call = {
      signal: AbortSignal.any([stop.signal, over.signal]),
      output: (chunk) =>
        new Promise((resolve) => {
          state.taken = resolve;
          if (over.signal.aborted) resolve();
          else send(output, { id, output: Buffer.from(chunk).toString("base64") });
        }),
    };
    running.set(id, state);
    state.ended = answer(name, params, call)
      .then(
        (result) => send(output, { id, result }),
        (error: unknown) => send(output, { id, error: failureOf(error) }),
      )
      .finally(() => running.delete(id));
  }

  try {
    for await (const message of messagesOf(input)) {
      silence.refresh();
      heard();
      const asked = Asked.safeParse(message);
      if (!asked.success) continue;
      if ("call" in asked.data) take(asked.data);
      else if ("cancel" in asked.data) running.get(asked.data.cancel)?.stop.abort();
      else running.get(asked.data.taken)?.taken();
    }
  } catch (error) {
    if (!over.signal.aborted) throw error;
  } finally {
    clearTimeout(silence);
    end();
    for (const { taken } of running.values()) taken();
    const all = Promise.all([...running.values()].map(({ ended }) => ended));
    await Promise.race([all, new Promise((resolve) => setTimeout(resolve, endingMs).unref())]);
  }
}
