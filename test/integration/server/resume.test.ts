import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { caseIn, createPlace, eventOf } from "./place.ts";

const origin = "games/tilerun";

/** Moments at which the server dies, by the event that it has just told. */
const moments = {
  "in an attempt": "turn/recorded",
  "in a proof": "build/phase of a proof",
} as const;

test.for(Object.entries(moments))("killed %s, the next server finishes the case once", async ([, moment]) => {
  await using place = await createPlace();
  await place.build(origin);
  const first = await place.start();
  let proving = false;
  await eventOf(first.client, (event) => {
    if (event.type === "case/changed") proving = event.payload.state === "proving";
    return moment === "turn/recorded" ? event.type === moment : proving && event.type === "build/phase";
  });
  first.kill();
  await first.client.ended;

  const second = await place.start();
  const { case: subject, attempts, proofs, jobs, bundles } = await caseIn(second.client, origin, "waiting");
  expect(proofs.map(({ verdict }) => verdict)).toEqual(["proved"]);
  expect(attempts.filter(({ outcome }) => outcome === "fixed")).toHaveLength(1);
  expect(attempts.every(({ endedAt }) => endedAt !== null)).toBe(true);
  expect(bundles).toHaveLength(1);
  expect(subject.proofId).toBe(proofs[0]?.id);
  // The job ends just after the case has changed.
  await expect.poll(async () => (await second.client.call("status", {})).jobs).toEqual({ done: jobs.length });
  const left = await readdir(join(place.stateDir, "environments"));
  expect(left.filter((name) => !name.startsWith(".etc"))).toEqual([]);
});

test("failures of a week without a server are there when it starts, each once", async () => {
  await using place = await createPlace();
  await place.change((config) => {
    config.automation = { enabled: false };
  });
  await place.build(origin, "textproc/mdfold");
  await place.build(origin);
  const { client } = await place.start();
  const { case: subject } = await caseIn(client, origin, "open");
  await expect.poll(async () => (await client.call("case/get", { case: subject.id })).bundles.length).toBe(2);
  const { cases, total } = await client.call("cases/list", {});
  expect([total, cases.map((one) => one.bundles).sort()]).toEqual([2, [1, 2]]);
  expect((await client.call("runs/list", {})).runs.map((run) => run.state)).toEqual(["finished", "finished"]);
});
