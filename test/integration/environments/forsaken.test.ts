import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { recordOwner } from "../../../server/src/environments/far/owners.ts";
import { createEnvironmentManager } from "../../../server/src/environments/manager.ts";
import type { EnvironmentManager } from "../../../server/src/environments/types.ts";
import { checkText } from "../../../server/src/protocol/attention.ts";
import { createFarHost, type FarHost } from "../../fixtures/farHost.ts";
import { createPlace, kinds, type Place } from "./support.ts";

const [goesOn, over, proof] = ["attempt", "rebuild", "proof"].map((job) => `${job}-0123456789abcdef`);
const namesOf = async (manager: EnvironmentManager) => (await manager.list()).map(({ name }) => name).sort();

describe.each(kinds.filter((kind) => kind === "ssh" || kind === kinds[0]))("of kind %s", (kind) => {
  let place: Place;
  beforeAll(async () => {
    place = await createPlace();
  });
  afterAll(() => place.remove());

  it("environments of jobs of a server that is gone are named and taken down, and no others", async () => {
    const first = await place.manager(kind, { goesOn: () => [] });
    for (const name of [goesOn, over, "mine"]) await first.create({ name: String(name), target: "@t" });
    expect(await first.clearForsaken()).toEqual([]);
    await first.close();

    const next = await place.manager(kind, { goesOn: () => [String(goesOn)] });
    await next.create({ name: String(proof), target: "@t" });
    const said = (await next.doctor()).filter(({ name, ok }) => name === "jobs' environments" && !ok);
    expect(said.map(checkText)).toEqual([
      `${over} of jobs that are over: \`portwright env doctor --fix\` clears them away`,
    ]);
    const ofAnother = await place.manager(kind);
    expect(await ofAnother.clearLeftovers()).toEqual([]);
    expect(await next.clearLeftovers()).toEqual([over]);
    expect(await namesOf(next)).toEqual([goesOn, "mine", proof].sort());
    for (const name of await namesOf(next)) await next.destroy(name);
  });
});

const hour = 3_600_000;

describe.runIf(kinds.includes("ssh"))("environments that are lent", () => {
  let place: Place;
  let far: FarHost;
  let home: string;
  /** Milliseconds that the far host's clock is ahead. */
  let ahead = 0;
  const opened: EnvironmentManager[] = [];
  beforeAll(async () => {
    place = await createPlace();
    far = await createFarHost(join(place.folder, "host"));
    await far.configure(place.config("bwrap"));
    home = far.home(join(place.folder, "here"));
  });
  afterAll(async () => {
    for (const manager of opened) await manager.close();
    await far.sshd.stop();
    await place.remove();
  });

  async function near(): Promise<EnvironmentManager> {
    const config = place.config("bwrap");
    const manager = await createEnvironmentManager({
      config: { ...config, environment: { ...config.environment, kind: "ssh", ssh: far.ssh } },
      ...{ stateDir: join(place.folder, "here"), now: Date.now, newId: () => String(opened.length) },
    });
    opened.push(manager);
    return manager;
  }
  const lender = () =>
    place.manager("bwrap", { stateDir: join(home, "../.."), now: () => Date.now() + ahead });
  const lentCheck = async (manager: EnvironmentManager) =>
    (await manager.doctor()).find(({ name }) => name === "lent environments");

  it("are named by their host with age and owner, and taken down once that server is gone", async () => {
    const host = await lender();
    expect(await lentCheck(host)).toBeUndefined();
    const server = await near();
    for (const name of [String(over), "mine"]) await server.create({ name, target: "@t" });
    const owner = `${hostname()}:${join(place.folder, "here")}`;
    const made = "\\(made \\d+ min ago\\)";
    const all = new RegExp(`^mine ${made}, ${over} ${made} of ${owner}, last heard of \\d+ min ago$`);
    expect(await lentCheck(host)).toMatchObject({ ok: true, message: expect.stringMatching(all) });
    expect(await host.clearLeftovers()).toEqual([]);
    await server.close();

    ahead = 25 * hour;
    expect(await lentCheck(host)).toMatchObject({
      ok: false,
      message: `${over} (made 25 h ago) of ${owner}, last heard of 25 h ago`,
      action: "`portwright env doctor --fix` clears them away",
    });
    expect(await host.clearLeftovers()).toEqual([`${over} of ${owner}`]);
    expect(await lentCheck(host)).toMatchObject({ ok: true, message: expect.stringMatching(/^mine \(/) });
    const again = await near();
    expect(await namesOf(again)).toEqual(["mine"]);
    await again.close();

    ahead = 31 * 24 * hour;
    expect(await host.clearLeftovers()).toEqual([`mine of ${owner}`, `what was kept for ${owner}`]);
    expect(existsSync(home)).toBe(false);
    expect(await lentCheck(host)).toBeUndefined();
  });

  it("stay as soon as their server is heard of again", async () => {
    ahead = 0;
    const server = await near();
    await server.create({ name: String(over), target: "@t" });
    await server.close();
    const long = new Date(Date.now() - 90 * 24 * hour);
    await utimes(join(home, "owner.json"), long, long);
    const host = await lender();
    expect(await lentCheck(host)).toMatchObject({ ok: false });
    const again = await near();
    await again.open(String(over));
    expect(await lentCheck(host)).toMatchObject({ ok: true });
    expect(await host.clearLeftovers()).toEqual([]);
    await again.destroy(String(over));
  });
});

test("a server that speaks is written down once a minute", async () => {
  const folder = await mkdtemp(join(tmpdir(), "portwright-owner-"));
  try {
    let now = Date.now();
    const heard = await recordOwner(folder, { host: "near", state: "/state" }, () => now);
    const record = join(folder, "owner.json");
    expect(JSON.parse(await readFile(record, "utf8"))).toEqual({ host: "near", state: "/state" });
    const heardAt = async () => Math.round((await stat(record)).mtimeMs);
    const begun = await heardAt();
    now += 59_000;
    heard();
    now += 2000;
    expect(await heardAt()).toBe(begun);
    heard();
    await expect.poll(heardAt).toBe(now);
    expect(await readdir(folder)).toEqual(["owner.json"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
