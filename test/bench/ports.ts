import { setTimeout as sleep } from "node:timers/promises";
import { CaseBook } from "../../extension/src/cases/caseBook.ts";
import type { Call } from "../../extension/src/connection/client.ts";
import { FailureClass } from "../../server/src/protocol/index.ts";
import { openCaseStore } from "../unit/extension/cases/caseStore.ts";
import { sampleCase } from "../unit/extension/samples.ts";

const seconds = 10;
const batch = 100;
const target = "@2026Q3";

/** What the editor's list of failing ports costs: cases there are, and events a second that change them. */
export async function run([givenCases = "20000", givenRate = "2000"]: string[]): Promise<void> {
  const [count, rate] = [Number(givenCases), Number(givenRate)];
  await using store = await openCaseStore();
  const cases = Array.from({ length: count }, (_, n) =>
    sampleCase({
      ...{ id: `case${n}`, origin: `cat${n % 60}/port${n}`, state: n % 9 ? "open" : "waiting" },
      ...{ classification: FailureClass.options[n % 7] ?? "unknown", maintainer: `p${n % 900}@example.org` },
      ...(n % 10 ? {} : { blocked: n % 700 }),
    }),
  );
  store.put(...cases);
  let asking = 0;
  const call: Call = async (...request) => {
    const before = performance.now();
    const answer = await store.call(...request);
    asking += performance.now() - before;
    return answer;
  };
  const book = new CaseBook({ call, onError: (error) => console.error(error) });
  const heap = heapMiB();
  const opening = performance.now();
  await book.load(call);
  await book.lists.casesIn({ target, group: null }).open();
  console.log(
    `${count} cases: first page after ${ms(performance.now() - opening)}, of which ${ms(asking)} in the store`,
  );
  console.log(`held: ${[...book.lists.shownIds()].length} cases, ${(heapMiB() - heap).toFixed(1)} MiB`);

  let [applying, told, draws] = [0, 0, 0];
  book.lists.onChange(() => {
    draws += 1;
  });
  asking = 0;
  store.asked.length = 0;
  const started = performance.now();
  while (performance.now() - started < seconds * 1000) {
    const due = Math.floor(((performance.now() - started) / 1000) * rate);
    for (; told + batch <= due; told += batch) {
      const events = store.put(
        ...Array.from({ length: batch }, (_, index) => {
          const subject = cases[((told + index) * 7919) % count] ?? sampleCase();
          return { ...subject, state: "triaged" as const, updatedAt: told + index };
        }),
      );
      const before = performance.now();
      book.apply(events);
      applying += performance.now() - before;
    }
    await sleep(5);
  }
  const each = (applying / told) * 1000;
  console.log(
    `${told} events in ${seconds} s: ${each.toFixed(2)} us each, ${(applying / seconds / 10).toFixed(2)} % of the time`,
  );
  console.log(`redrawn ${draws} times; ${store.asked.length} requests, ${ms(asking)} in the store`);
  book.dispose();
}

function heapMiB(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1024 ** 2;
}

const ms = (value: number): string => `${value.toFixed(0)} ms`;
