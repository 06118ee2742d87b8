import type { Duplex } from "node:stream";
import { hostKeyAlgorithms } from "@portwright/server/knownHosts";
import type { Client } from "ssh2";
import { ConnectError, type Ending } from "../channel.ts";
import { pingMs } from "../state.ts";
import { checkHostKey, messageOf, readKnownHosts } from "./hostKeys.ts";
import { gatherKeys } from "./keys.ts";
import { LoginWays } from "./login.ts";
import type { Person, SshParts } from "./person.ts";
import type { Ssh2 } from "./ssh2.ts";
import type { SshTarget } from "./target.ts";

/** With `pingMs` between them, dead after three quarters of a minute. */
const missedPings = 3;

/** A host that we are logged in at. */
export interface Hop {
  client: Client;
  /** Settles, never rejecting, once the connection is over. */
  ended: Promise<Ending>;
}

interface HopOptions {
  ssh2: Ssh2;
  parts: SshParts;
  /** A stream to the host through the hop before; without it the host is reached directly. */
  through: Duplex | undefined;
  log: (line: string) => void;
  signal: AbortSignal;
}

/** Connects, checks the host's key and logs in. Throws ConnectError; nothing is left open then, nor after an abort. */
export async function openHop(target: SshTarget, options: HopOptions): Promise<Hop> {
  const { ssh2, parts, through, log, signal } = options;
  const { host, port, user, patienceMs } = target;
  const files = await readKnownHosts(target);
  const tells = { tried: [] as string[], notes: [...target.notes] };
  const client: Client = new ssh2.Client();
  const close = (): void => void client.destroy();
  let over: (error: unknown) => void = () => {};
  const ended = new Promise<Ending>((resolve) => {
    over = (error) => resolve(explain(error, target, tells));
  });
  const patience = startPatience(patienceMs, () => {
    over(new Error(`it did not answer for ${patienceMs / 1000} s`));
    close();
  });
  const person = patience.whileAsking(parts.person);
  signal.addEventListener("abort", close, { once: true });
  try {
    const keys = await gatherKeys(target, { ssh2, person, secrets: parts.secrets, signal, tells });
    const ways = new LoginWays(target, {
      keys,
      person,
      passwords: parts.passwords,
      tried: tells.tried,
      signal,
    });
    const verify = async (key: Buffer, answer: (isRight: boolean) => void): Promise<void> => {
      try {
        await checkHostKey(target, { key, files, person }, signal);
        answer(true);
      } catch (error) {
        over(error);
        answer(false);
      }
    };
    signal.throwIfAborted();
    const ready = new Promise<void>((resolve) => client.once("ready", resolve));
    client.on("error", (error) => {
      // A key that does not sign is one less; the next one is tried.
      if (error.level === "agent") tells.notes.push(messageOf(error));
      else over(error);
    });
    client.on("close", () => over(new Error("the connection was closed")));
    client.connect({
      ...{ host, port, username: user, authHandler: ways.next, readyTimeout: 0 },
      ...{ keepaliveInterval: pingMs, keepaliveCountMax: missedPings - 1 },
      ...(through ? { sock: through } : {}),
      algorithms: { serverHostKey: hostKeyAlgorithms(files, target.known.host, target.known.port) },
      hostVerifier: (key: Buffer, answer: (isRight: boolean) => void) => void verify(key, answer),
    });
    const failed = await Promise.race([ready.then(() => null), ended]);
    if (failed) throw new ConnectError(failed);
    ways.succeeded();
    // Questions are small, and each waits for its answer.
    client.setNoDelay(true);
    for (const note of tells.notes) log(note);
    return { client, ended };
  } catch (error) {
    close();
    throw error instanceof ConnectError ? error : new ConnectError(explain(error, target, tells), error);
  } finally {
    patience.end();
    void ended.then(() => signal.removeEventListener("abort", close));
  }
}

/** Runs out when the far side says nothing for `ms`; time in which a person thinks is not counted. */
function startPatience(ms: number, runOut: () => void) {
  let timer = setTimeout(runOut, ms);
  let isOver = false;
  const paused = async <T>(question: Promise<T>): Promise<T> => {
    clearTimeout(timer);
    try {
      return await question;
    } finally {
      if (!isOver) timer = setTimeout(runOut, ms);
    }
  };
  return {
    whileAsking: ({ trusts, answers }: Person): Person => ({
      trusts: (key, signal) => paused(trusts(key, signal)),
      answers: (question, signal) => paused(answers(question, signal)),
    }),
    end(): void {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

function explain(
  error: unknown,
  { user, host, port }: SshTarget,
  { tried, notes }: { tried: string[]; notes: string[] },
): Ending {
  if (error instanceof ConnectError) return error.ending;
  const isRefusal = error instanceof Error && "level" in error && error.level === "client-authentication";
  if (!isRefusal) return { reason: `${host}:${port} cannot be reached: ${messageOf(error)}`, problem: null };
  const what = tried.length > 0 ? [...new Set(tried)].join(", ") : "there was no key to try";
  return {
    reason: [`${user}@${host} did not let us in (${what})`, ...notes].join("; "),
    problem: "keyRefused",
  };
}
