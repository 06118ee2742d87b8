import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { StoredEvent } from "../../../server/src/protocol/index.ts";
import { caseIn, createPlace, eventOf } from "../server/place.ts";

const plugin = join(import.meta.dirname, "../../fixtures/plugins/pkgsrc/plugin.ts");
const origin = "games/tilerun";

test("a builder of a plugin carries a case from its attempt to its proof", async () => {
  await using place = await createPlace();
  await place.change((config) => {
    config.plugins = [plugin];
    const options = { pkgsrc: { makeProgram: "bmake" } };
    config.builder = { attempts: "pkgsrc", proofs: "pkgsrc", options };
  });
  await place.build(origin);
  const { client } = await place.start();
  const subject = await caseIn(client, origin, "waiting", "escalated");
  expect(subject).toMatchObject({ case: { state: "waiting" } });
  const [proof] = subject.proofs;
  expect(proof).toMatchObject({
    ...{ verdict: "proved", builder: "pkgsrc" },
    ...{ baseline: { phase: "build" }, build: { passed: true, phase: null } },
  });

  const log = { sha256: proof?.baseline?.logSha256 ?? "", offset: 0, length: 262_144 };
  const { data } = await client.call("artifact/read", log);
  expect(Buffer.from(data, "base64").toString()).toMatch(/\n-- Phase: build\n-+\n\npkg-build: step build\n/);

  const phases: string[] = [];
  await eventOf(client, (event: StoredEvent) => {
    if (event.type === "build/phase") phases.push(event.payload.phase);
    return event.type === "proof/recorded";
  });
  expect(phases).toEqual(expect.arrayContaining(["depends", "checksum", "configure", "build", "install"]));
  const { checks } = await client.call("doctor", {});
  expect(checks).toEqual(
    expect.arrayContaining([
      { kind: "plugins", name: "plugin pkgsrc", ok: true, message: plugin },
      expect.objectContaining({ name: "pkgsrc make", ok: true }),
    ]),
  );
});

test("a builder of a plugin that hangs and hears nothing keeps no server from its end", async () => {
  await using place = await createPlace();
  const file = join(place.stateDir, "hangs.mjs");
  const hangs =
    "() => ({ name: 'hangs', plan() {}, build: (_, stream) => (stream.phase('build'), new Promise(() => {})) })";
  await writeFile(file, `export default { name: "toy", builders: { hangs: ${hangs} } };`);
  await place.change((config) => {
    config.plugins = [file];
    config.builder = { attempts: "hangs" };
  });
  await place.build(origin);
  const first = await place.start();
  await eventOf(first.client, ({ type }) => type === "build/phase");
  // It would wait for ever.
  await expect(first.stop()).resolves.toBeUndefined();
});
