import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { defaultMake } from "../../../server/src/environments/host.ts";
import type { DemoServer } from "../../demo/server.ts";
import { createFarHost, type FarHost } from "../../fixtures/farHost.ts";
import { makeSandbox } from "../cli/portwright.ts";
import { kinds, processes } from "../environments/support.ts";
import { createWay } from "../remote/way.ts";
import { caseIn, createPlace, eventOf, type Place } from "./place.ts";

const origin = "games/tilerun";
const patience = { timeout: 120_000, interval: 100 };

/** A server whose environments are of another host; `act` ends before both do. */
async function withFarHost(
  act: (far: FarHost, start: () => Promise<DemoServer>, place: Place) => Promise<void>,
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
    await act(far, () => place.start(), place);
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
      expect(proofs).toMatchObject([
        { verdict: "proved", environment: "ssh", farKind: "bwrap", baseline: { phase: "build" } },
      ]);
      const verified = await client.call("proof/verify", { proof: proofs[0]?.id ?? "" });
      expect(verified.sound).toBe(true);
      expect((await client.call("env/list", {})).environments).toEqual([]);
      const { environment } = await client.call("status", {});
      expect(environment).toMatchObject({ kind: "ssh", farKind: "bwrap" });
    }),
);

/** A make whose builds wait, each until somebody lets builds pass; `waiting` has the processes of those that do. */
async function slowMake(
  folder: string,
): Promise<{ make: string; pass(): Promise<void>; waiting(): Promise<string[]> }> {
  await mkdir(folder);
  const [make, gate] = [join(folder, "make"), join(folder, "pass")];
  const wait = `for word; do test "$word" != build || while ! test -e ${gate}; do sleep 0.1; done; done`;
  await writeFile(make, `#!/bin/sh\n${wait}\nexec ${defaultMake()} "$@"\n`, { mode: 0o755 });
  const waiting = async () =>
    [...(await processes())].flatMap(([pid, line]) =>
      line.startsWith(`/bin/sh ${make} `) && / build\b/.test(line) ? [pid] : [],
    );
  return { make, pass: () => writeFile(gate, ""), waiting };
}

test.runIf(kinds.includes("ssh"))(
  "a connection that breaks in an attempt's build costs no attempt, and one that breaks in its proof hands nothing over",
  { timeout: 300_000 },
  () =>
    withFarHost(async (far, start, place) => {
      const { make, pass, waiting } = await slowMake(join(place.stateDir, "../slow"));
      await using sandbox = await makeSandbox();
      const run = async (args: string[]) => (await sandbox.run([...args, "--state", place.stateDir])).stdout;
      await using way = await createWay(far.sshd, place.stateDir);
      await place.change((config) => {
        config.builder = { ...Object(config.builder), make };
        config.environment = { kind: "ssh", ssh: { ...far.ssh, ...way.ssh } };
      });
      const { client } = await start();
      const seen = { escalated: false, proving: false };
      const phases = { attempt: 0, proof: 0 };
      let before: string[] = [];
      const besides = Promise.withResolvers<string[]>();
      const reason = expect.stringContaining("see to that host and the way there");
      const waits = async () => {
        const [session, detail, list, all] = await Promise.all([
          client.call("session/get", { case: origin }),
          client.call("case/get", { case: origin }),
          client.call("cases/list", { text: origin }),
          client.call("sessions/list", {}),
        ]);
        const [row] = all.sessions;
        return [row?.group, row?.waits, session.waits, detail.waits, list.waits?.[detail.case.id]];
      };
      const showWaiting = async () => {
        await expect.poll(waits, patience).toEqual(["queued", ...[reason, reason, reason, reason]]);
        const asked = [["sessions"], ["cases"], ["case", "show", origin], ["session", origin]];
        expect(await Promise.all(asked.map(run))).toEqual([
          expect.stringMatching(/^queued, waits +.*: waiting +.*\n1 waits: .*the way there/ms),
          expect.stringMatching(/ patching, waits +.*\n1 waits: .*the way there/s),
          expect.stringMatching(/ patch {2}queued: .*the way there.*\n1 .* waiting +/s),
          expect.stringMatching(/^attempt 1: waiting. .*the way there/m),
        ]);
      };
      const breakUnseen = async () => {
        await expect.poll(async () => (before = await waiting()), patience).not.toEqual([]);
        way.cut(true);
        await showWaiting().finally(() => way.open());
      };
      let broken: Promise<void> | undefined;
      const goOn = async () => {
        const isNew = async () => (await waiting()).some((pid) => !before.includes(pid));
        await expect.poll(isNew, patience).toBe(true);
        besides.resolve((await waiting()).filter((pid) => before.includes(pid)));
        await pass();
      };
      await eventOf(client, ({ type, payload }) => {
        if (type === "case/changed") {
          seen.escalated ||= payload.state === "escalated";
          seen.proving = payload.state === "proving";
        }
        if (type !== "build/phase" || payload.phase !== "build") return false;
        const now = seen.proving ? "proof" : "attempt";
        phases[now] += 1;
        // That host does not see the first break, and sees the second one.
        if (now === "attempt") {
          broken = (broken ?? Promise.resolve()).then(phases.attempt === 1 ? breakUnseen : goOn);
          // Told at the end; builds that nobody lets pass would keep the test from it.
          broken.catch(pass);
        } else if (phases.proof === 1) void far.sshd.breakSessions();
        return now === "proof";
      });
      const { case: subject, attempts, proofs, jobs } = await caseIn(client, origin, "waiting", "escalated");
      expect(phases.attempt).toBe(2);
      await broken;
      expect(await besides.promise).toEqual([]);
      expect(attempts).toMatchObject([{ outcome: "fixed", number: 1, builds: 1, resumed: { times: 1 } }]);
      expect(subject.attempts).toBe(1);
      expect(proofs).toMatchObject([{ verdict: "proved" }]);
      expect(seen.escalated).toBe(false);
      expect(jobs.map(({ state, error }) => ({ state, error }))).toEqual(
        jobs.map(() => ({ state: "done", error: null })),
      );
      await expect.poll(async () => (await client.call("env/list", {})).environments).toEqual([]);
    }),
);
