import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PortwrightError } from "../../protocol/index.ts";
import { takeLock } from "../../store/sqlite/lock.ts";
import { amiss } from "../check.ts";
import { EnvironmentError, Unhealthy } from "../errors.ts";

/** How often a session looks whether another one came, and that one whether the earlier is over. */
const lookMs = 200;
/** More than an earlier one takes to end what runs for it. */
const usualPatienceMs = 20_000;

interface SessionOptions {
  /** Unlike that of any other. */
  id: string;
  /** Is told once a later session of that server has come. */
  overtaken(): void;
  /** Closed when this one shall end. */
  signal: AbortSignal;
  patienceMs?: number;
}

/**
 * Makes this process the only one that answers the server to which `folder` is lent. That server has one connection at a
 * time; that an earlier one broke may not be seen here for long, and what runs for it would go on beside what is asked next. So a
 * session leaves its name, which ends the one before, and waits until that is over with all that it ran: the lock is dropped
 * with its process at the latest. Throws Unhealthy where it is not over in time.
 */
export async function beginSession(folder: string, options: SessionOptions): Promise<Disposable> {
  const { id, overtaken, signal, patienceMs = usualPatienceMs } = options;
  const newest = join(folder, "session");
  const aside = `${newest}.${id}`;
  await writeFile(aside, id);
  await rename(aside, newest);
  const look = async () => {
    // Who cannot tell counts as overtaken: two at once are worse than none.
    const isNewest = (await readFile(newest, "utf8").catch(() => "")) === id;
    if (!isNewest) overtaken();
    return isNewest;
  };
  const looking = setInterval(() => void look(), lookMs).unref();
  try {
    for (let waitedMs = 0; ; waitedMs += lookMs) {
      const lock = lockOf(folder);
      const isNewest = await look();
      if (lock !== null && isNewest)
        return {
          [Symbol.dispose]() {
            clearInterval(looking);
            lock[Symbol.dispose]();
          },
        };
      lock?.[Symbol.dispose]();
      if (!isNewest) throw new EnvironmentError("cancelled", "a later session of that server has come");
      if (waitedMs >= patienceMs) throw new Unhealthy([stillEnding]);
      await sleep(lookMs, undefined, { signal });
    }
  } catch (error) {
    clearInterval(looking);
    throw error;
  }
}

/** null while another has it. */
function lockOf(folder: string): Disposable | null {
  try {
    return takeLock(folder);
  } catch (error) {
    if (error instanceof PortwrightError && error.kind === "badState") return null;
    throw error;
  }
}

const stillEnding = amiss(
  ...(["kind-available", "ssh", "what ran for an earlier connection has not ended there yet"] as const),
  "see to `portwright env lend` and what it runs on that host; it is tried again",
);
