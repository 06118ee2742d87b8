/** Who is asked while a connection is made. */
export interface Person {
  /** Whether this key is the host's own. */
  trusts(hostKey: { host: string; type: string; fingerprint: string }, signal: AbortSignal): Promise<boolean>;
  /** The answer to a question; undefined when none is given. What is typed is shown only with `echo`. */
  answers(
    question: { about: string; text: string; echo: boolean },
    signal: AbortSignal,
  ): Promise<string | undefined>;
}

/** Where passphrases are kept, by name. */
interface Secrets {
  get(name: string): Thenable<string | undefined>;
  store(name: string, value: string): Thenable<void>;
  delete(name: string): Thenable<void>;
}

/** What connections of one window share. */
export interface SshParts {
  person: Person;
  secrets: Secrets;
  /** Passwords that let somebody in, by `user@host:port`; kept for as long as the window is open. */
  passwords: Map<string, string>;
  /** Of the person here: his home folder, environment, user name, and the system. */
  home: string;
  env: Readonly<Record<string, string | undefined>>;
  userName: string;
  platform: NodeJS.Platform;
  /** Files in the form of ssh_config(5), the first with precedence. */
  configFiles: readonly string[];
  /** How long the far side may say nothing while nobody here is asked, in milliseconds. */
  patienceMs: number;
}
