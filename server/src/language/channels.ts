import type { Message } from "vscode-jsonrpc/node";
import { PortwrightError } from "../protocol/index.ts";
import { Channel } from "./channel.ts";
import type { Knowledge } from "./document.ts";

/** Channels of one connection. */
const maxChannels = 4;
interface ChannelsOptions {
  knowledge: Knowledge;
  /** Settles when the message has left for the kernel. */
  send: (channel: string, message: Message) => Promise<void>;
  /** The server ended a channel by itself. */
  onEnded: (channel: string, reason: string) => void;
  onError: (what: string, error: unknown) => void;
}

/** Language servers inside one connection, each behind a channel of its own; a fault ends that channel only. */
export class LanguageChannels implements Disposable {
  readonly #options: ChannelsOptions;
  readonly #open = new Map<string, Channel>();
  #made = 0;

  constructor(options: ChannelsOptions) {
    this.#options = options;
  }

  /** Throws PortwrightError badState when too many are open. */
  open(): string {
    if (this.#open.size >= maxChannels)
      throw new PortwrightError(
        "badState",
        `a connection has at most ${maxChannels} language channels: close one`,
      );
    this.#made += 1;
    const name = String(this.#made);
    const { knowledge, send, onEnded, onError } = this.#options;
    const end = (reason: string): void => {
      if (!this.#open.has(name)) return;
      this.close(name);
      onEnded(name, reason);
    };
    this.#open.set(name, new Channel({ knowledge, send: (message) => send(name, message), end, onError }));
    return name;
  }

  /** An unknown channel is one that was ended. */
  close(name: string): void {
    const channel = this.#open.get(name);
    this.#open.delete(name);
    channel?.[Symbol.dispose]();
  }

  /** What comes for a channel that has ended is dropped. */
  receive(name: string, message: unknown, bytes: number): void {
    this.#open.get(name)?.receive(message, bytes);
  }

  [Symbol.dispose](): void {
    for (const name of this.#open.keys()) this.close(name);
  }
}
