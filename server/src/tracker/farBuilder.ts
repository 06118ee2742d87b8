import { RemoteError } from "../evidence/remote/error.ts";
import type { RemoteSpool } from "../evidence/remote/spool.ts";
import type { BuilderLink, LiveRun } from "../protocol/index.ts";
import type { Intake } from "./intake.ts";
import type { Reconciler } from "./reconcile.ts";

interface FarBuilderOptions {
  spool: RemoteSpool;
  /** `user@host:port`, for a person. */
  address: string;
  /** Of this spool; neither is started by itself. */
  intake: Intake;
  reconciler: Reconciler;
  now: () => number;
  random: () => number;
  /** Resolves early, and never rejects, when the signal is aborted. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told once for each new trouble, and with null when all is well again. */
  onChange: (problem: string | null) => void;
}

export interface FarBuilder {
  start(): void;
  stop(): Promise<void>;
  status(): BuilderLink;
  live(): LiveRun[];
}

/** Between two looks at a connected host, and bounds of the pause after trouble; in milliseconds. */
const lookEvery = 5000;
const firstPause = 1000;
const longestPause = 300_000;

/**
 * Keeps taking the evidence of a builder on another host: connects, looks, and after any trouble starts over with a pause
 * that doubles. What was taken stays taken; the place in the journal stands in the store.
 */
export function createFarBuilder(options: FarBuilderOptions): FarBuilder {
  const { spool, address, intake, reconciler, now, random, sleep, onChange } = options;
  const ending = new AbortController();
  let work: Promise<void> = Promise.resolve();
  let state: BuilderLink["state"] = "waiting";
  let problem: string | null = null;
  let retryAt: number | null = null;

  function tell(next: string | null): void {
    if (next === problem) return;
    problem = next;
    onChange(next);
  }

  async function looks(): Promise<never> {
    for (;;) {
      await reconciler.look();
      ending.signal.throwIfAborted();
      tell(null);
      await sleep(lookEvery, ending.signal);
      ending.signal.throwIfAborted();
    }
  }

  async function keepOn(): Promise<void> {
    let pause = firstPause;
    while (!ending.signal.aborted) {
      const began = now();
      try {
        state = "connecting";
        retryAt = null;
        await spool.connect(ending.signal);
        state = "connected";
        await looks();
      } catch (error) {
        spool.disconnect();
        if (ending.signal.aborted) return;
        // A connection that held for long was no failed try.
        if (now() - began > longestPause) pause = firstPause;
        const needsPerson =
          error instanceof RemoteError && (error.kind === "hostKey" || error.kind === "identity");
        state = needsPerson ? "refused" : "waiting";
        tell(error instanceof Error ? error.message : String(error));
        const jittered = pause * (0.75 + random() / 2);
        retryAt = Math.round(now() + jittered);
        pause = Math.min(longestPause, pause * 2);
        await sleep(jittered, ending.signal);
      }
    }
  }

  return {
    start() {
      work = keepOn();
    },
    async stop() {
      ending.abort();
      spool.disconnect();
      await work;
      await intake.stop();
    },
    status() {
      return { name: spool.builder, address, state, problem, retryAt, ...intake.status() };
    },
    live: () => (state === "connected" ? reconciler.live() : []),
  };
}
