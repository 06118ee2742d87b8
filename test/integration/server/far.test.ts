import { join } from "node:path";
import { expect, test } from "vitest";
import type { DemoServer } from "../../demo/server.ts";
import { createFarHost, type FarHost } from "../../fixtures/farHost.ts";
import { kinds } from "../environments/support.ts";
import { caseIn, createPlace } from "./place.ts";

const origin = "games/tilerun";
const patience = { timeout: 120_000, interval: 100 };

/** A server whose environments are of another host; `act` ends before both do. */
async function withFarHost(
  act: (far: FarHost, start: () => Promise<DemoServer>) => Promise<void>,
): Promise<void> {
  await using place = await createPlace();
  const far = await createFarHost(join(place.stateDir, "..", "far"));
  try {
    const { freebsdPorts, deltaPorts, distfiles } = place.trees;
    await far.configure({ trees: { freebsdPorts, deltaPorts, distfiles }, environment: { kind: "bwrap" } });
    await place.change((config) => {
      config.environment = { kind: "ssh", ssh: far.ssh };
    });
    await place.build(origin);
    await act(far, () => place.start());
  } finally {
    await far.sshd.stop();
  }
}

// A job that waits looks anew every 20 s.
test.runIf(kinds.includes("ssh"))(
  "a failure waits for the other host, and is repaired and proved there",
  { timeout: 300_000 },
  () =>
    withFarHost(async (far, start) => {
      await far.sshd.stop();
      const { client } = await start();
      const problem = async () => (await client.call("status", {})).environment.problem ?? "";
      await expect.poll(problem, patience).toContain("cannot be reached");
      await expect(client.call("env/list", {})).rejects.toThrow("cannot be reached");
      await far.sshd.start();
      const { attempts, proofs } = await caseIn(client, origin, "waiting", "escalated");
      expect(attempts).toMatchObject([{ outcome: "fixed", provider: "recipes" }]);
      expect(proofs).toMatchObject([{ verdict: "proved", environment: "ssh", baseline: { phase: "build" } }]);
      const verified = await client.call("proof/verify", { proof: proofs[0]?.id ?? "" });
      expect(verified.sound).toBe(true);
      expect((await client.call("env/list", {})).environments).toEqual([]);
    }),
);
