import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoRow } from "../demo/report.ts";
import { type ScriptedTurn, turn } from "../fixtures/model-server/chunks.ts";
import { startModelServer } from "../fixtures/model-server/server.ts";
import { sampleCases } from "../fixtures/ports/cases.ts";
import { fixtureRoot } from "../fixtures/ports/trees.ts";

const main = fileURLToPath(new URL("../demo/main.ts", import.meta.url));

interface Closing {
  runs: { state: string; counts: Record<string, number> }[];
  rows: DemoRow[];
  fixes: string;
  state: string | null;
}

/** In a temporary folder of its own, so that what the demo leaves can be seen; `model` is what names a model. */
async function demo(place: string, model: Record<string, string>, ...args: string[]) {
  const { OPENAI_API_KEY: _key, PORTWRIGHT_MODEL: _model, ...env } = process.env;
  return promisify(execFile)(process.execPath, [main, ...args], { env: { ...env, ...model, TMPDIR: place } });
}

describe("the whole sample tree", () => {
  let place: string;
  let closing: Closing;
  const row = (number: number) => {
    const port = sampleCases.failures.find((failure) => failure.number === number);
    const name = port?.flavor ? `${port.origin}@${port.flavor}` : port?.origin;
    const found = closing.rows.find((one) => one.case === name);
    if (found === undefined) throw new Error(`failure ${number} (${name}) is no case`);
    return found;
  };

  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), "portwright-e2e-demo-"));
    closing = JSON.parse((await demo(place, {}, "--json")).stdout);
  }, 600_000);
  afterAll(() => rm(place, { recursive: true, force: true }));

  test("every failure is a case of its class, from the phase where it failed", () => {
    expect(closing.rows).toHaveLength(sampleCases.failures.length);
    for (const failure of sampleCases.failures) {
      const found = row(failure.number);
      expect(found.phase, failure.origin).toBe(failure.phase);
      expect([failure.class, ...(failure.acceptable ?? [])], failure.origin).toContain(found.classification);
    }
    const { ignored, skipped, failures } = sampleCases;
    const counts = { failed: failures.length, ignored: ignored.length, skipped: skipped.length };
    expect(closing.runs).toMatchObject([{ state: "finished", counts }]);
  });

  test("rules fix and prove every failure that a rule can fix, at no tokens", async () => {
    const byRule = sampleCases.failures.filter((failure) => failure.byRule);
    expect(byRule.length).toBeGreaterThanOrEqual(8);
    for (const { number, origin } of byRule) {
      const found = row(number);
      expect(found, origin).toMatchObject({
        proved: true,
        outcome: "fixed, proved",
        tokens: 0,
        tier: "AUTO",
      });
      const diff = await readFile(found.diff ?? "", "utf8");
      expect(
        diff.match(/^(?:---|\+\+\+) [ab]\/(\S+)/gm)?.every((line) => line.includes(`ports/${origin}/`)),
      ).toBe(true);
    }
  });

  test("a checksum mismatch is never repaired unattended", () => {
    const { tier, attempts, outcome, handOver } = row(10);
    expect({ tier, attempts, outcome }).toEqual({ tier: "MANUAL", attempts: 0, outcome: "escalated" });
    expect(handOver).toMatch(/distinfo/);
  });

  test("what needs thought is handed over with the quoted cause and a next step", () => {
    const { outcome, handOver, cause } = row(12);
    expect(outcome).toBe("escalated");
    expect(handOver).toContain(cause.trim());
    expect(handOver).toMatch(/Next:\n- \S/);
  });

  test("nothing is left behind but the fixes", async () => {
    expect(await readdir(place)).toHaveLength(1);
    expect(closing.state).toBeNull();
    const proved = closing.rows.filter((found) => found.proved).length;
    expect(await readdir(closing.fixes)).toHaveLength(proved);
  });
});

test("one port can be picked, and an unknown one is refused with the list of those there are", async () => {
  const place = await mkdtemp(join(tmpdir(), "portwright-e2e-only-"));
  try {
    const { rows }: Closing = JSON.parse((await demo(place, {}, "--json", "--only", "games/tilerun")).stdout);
    expect(rows).toMatchObject([{ case: "games/tilerun", proved: true }]);
    const refusal = demo(place, {}, "--only", "games/nowhere");
    await expect(refusal).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no port games\/nowhere.*games\/tilerun/),
    });
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}, 300_000);

test("with a model named in the environment, what rules cannot fix goes to it", async () => {
  const origin = "graphics/thumbgrid";
  const path = `/work/DeltaPorts/ports/${origin}/dragonfly/patch-sheet.c`;
  const known = await readFile(join(fixtureRoot, "fixes", "11-thumbgrid.diff"), "utf8");
  const added = known.split("\n").filter((line) => line.startsWith("+") && !line.startsWith("+++ b/"));
  const content = `${added.map((line) => line.slice(1)).join("\n")}\n`;
  const turns: ScriptedTurn[] = [
    { calls: [{ name: "put_file", arguments: { path, content, sha256: null } }] },
    { calls: [{ name: "build", arguments: {} }] },
    {
      calls: [
        { name: "finish", arguments: { status: "fixed", summary: "The library renamed raster_load." } },
      ],
    },
  ];
  const model = await startModelServer((request, index) => turn(turns[index] ?? {}, request));
  const place = await mkdtemp(join(tmpdir(), "portwright-e2e-model-"));
  try {
    const environment = { OPENAI_API_KEY: "key", OPENAI_BASE_URL: model.url, PORTWRIGHT_MODEL: "scripted" };
    const { rows }: Closing = JSON.parse((await demo(place, environment, "--json", "--only", origin)).stdout);
    expect(rows).toMatchObject([{ case: origin, proved: true, attempts: 1 }]);
    expect(rows[0]?.tokens).toBeGreaterThan(0);
    expect(model.requests.map(({ json }) => json.model)).toEqual(["scripted", "scripted", "scripted"]);
  } finally {
    await model.close();
    await rm(place, { recursive: true, force: true });
  }
}, 300_000);
