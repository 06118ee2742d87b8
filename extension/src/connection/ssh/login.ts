import type {
  AuthenticationType,
  AuthHandlerMiddleware,
  BaseAgent,
  KeyboardInteractiveAuthMethod,
  Prompt,
  AnyAuthMethod as Way,
} from "ssh2";
import { plain } from "../lines.ts";
import type { Person } from "./person.ts";
import type { SshTarget } from "./target.ts";

/** As OpenSSH's NumberOfPasswordPrompts. */
const mostTries = 3;
/** A host that asks for more than that is not heard out. */
const mostQuestions = 10;

interface LoginOptions {
  keys: BaseAgent;
  person: Person;
  /** By `user@host:port`; see SshParts. */
  passwords: Map<string, string>;
  /** Told of each way that was tried beside the keys. */
  tried: string[];
  signal: AbortSignal;
}

/** The ways to log in, in OpenSSH's order: keys, then what the host asks, then a password. */
export class LoginWays {
  readonly #target: SshTarget;
  readonly #options: LoginOptions;
  readonly #tries: Partial<Record<AuthenticationType, number>> = {};
  #declined = false;
  #kept: string | undefined;
  #password: string | undefined;

  constructor(target: SshTarget, options: LoginOptions) {
    this.#target = target;
    this.#options = options;
    this.#kept = options.passwords.get(this.#account);
    options.passwords.delete(this.#account);
  }

  // The types leave out that null is given first, and that false ends the tries.
  readonly next: AuthHandlerMiddleware = (left, _partial, next) =>
    void this.#choose(left as AuthenticationType[] | null).then(next as (way: Way | false) => void);

  /** Keeps the password that let us in, so that a lost connection comes back without a question. */
  succeeded(): void {
    if (this.#password !== undefined) this.#options.passwords.set(this.#account, this.#password);
  }

  get #account(): string {
    const { user, host, port } = this.#target;
    return `${user}@${host}:${port}`;
  }

  async #choose(left: readonly AuthenticationType[] | null): Promise<Way | false> {
    const { keys, tried } = this.#options;
    const { user, host } = this.#target;
    if (left === null) return { type: "none", username: user };
    if (this.#may("publickey", left, 1)) return { type: "agent", username: user, agent: keys };
    if (this.#may("keyboard-interactive", left, mostTries)) {
      tried.push("keyboard-interactive");
      return { type: "keyboard-interactive", username: user, prompt: this.#prompt };
    }
    if (!this.#may("password", left, mostTries)) return false;
    const password = await this.#ask(`${user}@${host}: password`, false, "");
    if (password === undefined) return false;
    tried.push("password");
    return { type: "password", username: user, password };
  }

  #may(way: AuthenticationType, left: readonly string[], most: number): boolean {
    const tries = this.#tries[way] ?? 0;
    if (this.#declined || !left.includes(way) || tries >= most) return false;
    this.#tries[way] = tries + 1;
    return true;
  }

  async #ask(text: string, echo: boolean, about: string): Promise<string | undefined> {
    const isPassword = !echo && /password/i.test(text);
    const kept = isPassword ? this.#kept : undefined;
    if (kept !== undefined) this.#kept = undefined;
    const { person, signal } = this.#options;
    const answer = kept ?? (await person.answers({ about, text, echo }, signal));
    if (answer === undefined) this.#declined = true;
    else if (isPassword) this.#password = answer;
    return answer;
  }

  readonly #prompt: KeyboardInteractiveAuthMethod["prompt"] = (
    _name,
    instructions,
    _language,
    prompts,
    finish,
  ) => void this.#answer(plain(instructions).slice(0, 300), prompts).then(finish, () => finish([]));

  async #answer(about: string, prompts: readonly Prompt[]): Promise<string[]> {
    const { user, host } = this.#target;
    const answers: string[] = [];
    for (const { prompt, echo = false } of prompts.slice(0, mostQuestions)) {
      const answer = await this.#ask(`${user}@${host}: ${plain(prompt).slice(0, 200)}`, echo, about);
      if (answer === undefined) return [];
      answers.push(answer);
    }
    return answers;
  }
}
