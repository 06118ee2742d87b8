import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { wireRetention } from "../../../server/src/cli/wireRetention.ts";
import { ServerConfig } from "../../../server/src/config/config.ts";
import type { PruneLimits, Store } from "../../../server/src/store/types.ts";

const hour = 3_600_000;
const day = 24 * hour;
const begin = 1000 * day;

beforeEach(() => void vi.useFakeTimers({ now: begin }));
afterEach(() => void vi.useRealTimers());

/** A store that notes with which limits it was pruned, and fails as often as it is told to. */
function noting(failures = 0) {
  const asked: PruneLimits[] = [];
  let at: number | null = null;
  const store = {
    pruned: () => ({ horizon: 0, at }),
    async prune(limits: PruneLimits) {
      asked.push(limits);
      if (asked.length <= failures) throw new Error("full");
      at = Date.now();
      return {};
    },
  } as unknown as Store;
  return { asked, store };
}

function start(store: Store, retention: object = {}) {
  const config = ServerConfig.parse({ retention });
  const log = vi.fn();
  return { ...wireRetention({ config, store, now: () => Date.now(), log }), log };
}

test("a server prunes once a day by itself, with the configured days as limits", async () => {
  const { asked, store } = noting();
  using _ = start(store, { logs: 10, proofs: 0 }).start();
  await vi.advanceTimersByTimeAsync(hour);
  const now = begin + hour;
  expect(asked).toEqual([
    {
      events: now - 90 * day,
      logs: now - 10 * day,
      traces: now - 180 * day,
      proofs: 0,
      closed: now - 7 * day,
      contents: now - day,
    },
  ]);
  await vi.advanceTimersByTimeAsync(23 * hour);
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2 * hour);
  expect(asked).toHaveLength(2);
});

test("what failed is logged and tried again in an hour; switched off nothing is done", async () => {
  const { asked, store } = noting(1);
  const retention = start(store);
  using _ = retention.start();
  await vi.advanceTimersByTimeAsync(2 * hour);
  expect(asked).toHaveLength(2);
  expect(retention.log.mock.calls.map(([level]) => level)).toEqual(["error", "info"]);

  const idle = noting();
  using _off = start(idle.store, { enabled: false }).start();
  await vi.advanceTimersByTimeAsync(3 * day);
  expect(idle.asked).toEqual([]);
});

test("the end waits for the pruning that runs, also after another one was refused meanwhile", async () => {
  const running = Promise.withResolvers<object>();
  const answers = [running.promise, Promise.reject(new Error("busy"))];
  const store = {
    pruned: () => ({ horizon: 0, at: null }),
    prune: () => answers.shift(),
  } as unknown as Store;
  const retention = start(store);
  const options = { dryRun: false, signal: new AbortController().signal, onProgress: () => {} };
  const first = retention.prune(options);
  await expect(retention.prune(options)).rejects.toThrow("busy");
  const ended = vi.fn();
  const stopping = retention.stop().then(ended);
  await vi.advanceTimersByTimeAsync(hour);
  expect(ended).not.toHaveBeenCalled();
  running.resolve({});
  await Promise.all([first, stopping]);
});
