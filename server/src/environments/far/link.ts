import type { ClientChannel } from "ssh2";
import { openChannel, type SshOptions } from "../../evidence/remote/connection.ts";
import { amiss } from "../check.ts";
import { EnvironmentError, Unhealthy } from "../errors.ts";
import { Answered, type CallName, type CallParams, type CallResult, calls } from "./calls.ts";
import { errorOf } from "./failure.ts";
import { messagesOf, send } from "./wire.ts";

interface CallOptions {
  signal?: AbortSignal | undefined;
  /** Output that comes before the answer; more waits for a promise that this returns. */
  onOutput?: ((chunk: Uint8Array) => unknown) | undefined;
}

/** A conversation with the Portwright of another host. */
export interface Link {
  readonly isOver: boolean;
  /** Throws EnvironmentError: what that host threw, or Unhealthy when the connection broke meanwhile. */
  call<C extends CallName>(name: C, params: CallParams<C>, options?: CallOptions): Promise<CallResult<C>>;
  close(): void;
}

interface Waiting {
  answer(result: unknown): void;
  fail(error: Error): void;
  onOutput: CallOptions["onOutput"];
}

const aliveEveryMs = 15_000;
const mostUnanswered = 4;
const errorBytes = 1000;

const broken = (why: string) =>
  new Unhealthy([
    amiss("kind-available", "ssh", why, "see to that host and the way there; it is tried again"),
  ]);

/** Logs in and starts `command` there. Throws RemoteError when that host cannot be reached. */
export async function openLink(ssh: SshOptions, command: string, signal: AbortSignal): Promise<Link> {
  const far = await openChannel<ClientChannel>(ssh, signal, (client, opened) => client.exec(command, opened));
  const { channel, close } = far;
  const address = `${ssh.user}@${ssh.host}:${ssh.port}`;
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let unanswered = 0;
  let isOver = false;
  let said = "";

  function end(why: string): void {
    if (isOver) return;
    isOver = true;
    clearInterval(alive);
    close();
    const error = broken(`the connection to ${address} broke: ${why}`);
    for (const { fail } of waiting.values()) fail(error);
    waiting.clear();
  }

  const call: Link["call"] = (name, params, { signal: given, onOutput } = {}) =>
    new Promise((resolve, reject) => {
      if (isOver) {
        reject(broken(`there is no connection to ${address}`));
        return;
      }
      const id = ++lastId;
      const cancel = () => send(channel, { cancel: id });
      const settled = (act: () => void) => {
        waiting.delete(id);
        given?.removeEventListener("abort", cancel);
        act();
      };
      waiting.set(id, {
        onOutput,
        fail: (error) => settled(() => reject(error)),
        answer(result) {
          const parsed = calls[name].result.safeParse(result);
          if (parsed.success) settled(() => resolve(parsed.data as never));
          else
            settled(() =>
              reject(new EnvironmentError("system", `${address} answered ${name} with what is no answer`)),
            );
        },
      });
      given?.addEventListener("abort", cancel, { once: true });
      send(channel, { id, call: name, params });
      if (given?.aborted) cancel();
    });

  const alive = setInterval(() => {
    if (++unanswered > mostUnanswered) end("Portwright there does not answer any more");
    else
      void call("alive", {}).then(
        () => {
          unanswered = 0;
        },
        // Whatever broke the connection is told to those who wait for more than this.
        () => undefined,
      );
  }, aliveEveryMs);

  channel.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(-errorBytes);
  });
  void far.ended.then((reason) => end(said.trim() || reason.message));
  void read().then(
    () => end(said.trim() || "Portwright there has ended"),
    (error: unknown) => end(error instanceof Error ? error.message : String(error)),
  );

  async function read(): Promise<void> {
    for await (const message of messagesOf(channel)) {
      const parsed = Answered.safeParse(message);
      if (!parsed.success) continue;
      const answered = parsed.data;
      const waiter = waiting.get(answered.id);
      if ("output" in answered) {
        const taken = () => send(channel, { taken: answered.id });
        void Promise.resolve(waiter?.onOutput?.(answered.output)).then(taken, taken);
      } else if ("error" in answered) waiter?.fail(errorOf(answered.error));
      else waiter?.answer(answered.result);
    }
  }

  return {
    get isOver() {
      return isOver;
    },
    call,
    close: () => end("it was closed"),
  };
}
