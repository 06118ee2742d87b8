import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkOutcome } from "../../../server/src/builders/driver.ts";
import type { BuildOrder } from "../../../server/src/builders/types.ts";
import { ServerConfig } from "../../../server/src/config/config.ts";
import type { ExecRequest } from "../../../server/src/environments/types.ts";
import { loadPlugins } from "../../../server/src/plugins/load.ts";

const readme = new URL("../../../server/src/plugins/README.md", import.meta.url);

async function example() {
  const text = await readFile(readme, "utf8");
  const folder = await mkdtemp(join(tmpdir(), "portwright-readme-"));
  try {
    const file = join(folder, "mine.mjs");
    await writeFile(file, /^```js\n(.*?)^```$/ms.exec(text)?.[1] ?? "");
    const { builders, files } = await loadPlugins([file]);
    expect(files).toEqual([{ file, name: "mine", problem: null }]);
    const settings = ServerConfig.parse(JSON.parse(`{${/^ {4}"plugins"(?:.*\n {4}.*)$/m.exec(text)?.[0]}}`));
    const driver = builders.get(settings.builder.attempts)?.(settings.builder, settings.builder.options.mine);
    if (driver === undefined) throw new Error("the README's settings name another builder");
    return driver;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** An environment in which the command with that target fails. */
function orderWhere(failing: string) {
  const ran: ExecRequest[] = [];
  const exec = async (request: ExecRequest) => {
    ran.push(request);
    request.onOutput?.(Buffer.from("out"));
    const exitCode = request.argv.includes(failing) ? 1 : 0;
    return { exitCode, timedOut: false, cancelled: false };
  };
  const environment = { exec, clean: async () => {} };
  const order = { environment, origin: "devel/one", flavor: "py311", timeoutMs: 60_000 };
  return { order: order as unknown as BuildOrder, ran };
}

test("the builder that the README shows is one, with the settings that it shows", async () => {
  const driver = await example();
  const told: string[] = [];
  const stream = {
    phase: (name: string) => void told.push(name),
    output: (bytes: Uint8Array) => void told.push(`${bytes}`),
  };
  const good = orderWhere("nothing");
  expect(checkOutcome("mine", await driver.build(good.order, stream))).toMatchObject({ passed: true });
  expect(told).toEqual(["fetch", "out", "build", "out", "package", "out"]);
  expect(good.ran.map(({ argv }) => argv.slice(0, 3))).toEqual(
    Array.from({ length: 3 }, () => ["bmake", "-C", "/work/DPorts/devel/one"]),
  );
  expect(good.ran.map(({ network }) => network)).toEqual([true, false, false]);
  expect(good.ran[0]?.env).toMatchObject({ PORTSDIR: "/work/DPorts", FLAVOR: "py311" });
  const outcome = checkOutcome("mine", await driver.build(orderWhere("configure").order, stream));
  expect(outcome).toMatchObject({ passed: false, failedPhase: "build" });
  const { steps, log } = await driver.plan(good.order);
  expect([steps.length, log]).toEqual([3, "/work/logs/*.log"]);
});
