import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ServerConfig } from "../../../server/src/config/config.ts";
import { checkPlugins, configuredBuilder } from "../../../server/src/plugins/configured.ts";
import { loadPlugins } from "../../../server/src/plugins/load.ts";

let folder: string;
let made = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "portwright-plugins-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(text: string): Promise<string> {
  const path = join(folder, `plugin-${made++}.mjs`);
  await writeFile(path, text);
  return path;
}
const pluginOf = (name: string, builders: string) =>
  file(`export default { name: ${JSON.stringify(name)}, builders: { ${builders} } };`);
const driver = (name: string) => `() => ({ name: "${name}", plan() {}, build() {} })`;
const config = (attempts: string) => ServerConfig.parse({ builder: { attempts } }).builder;

describe("loadPlugins", () => {
  it("gives the builders of each file by name", async () => {
    const path = await pluginOf("other", `"other-make": ${driver("other-make")}`);
    const plugins = await loadPlugins([path]);
    expect(plugins.files).toEqual([{ file: path, name: "other", problem: null }]);
    expect(configuredBuilder(config("other-make"), "attempts", plugins)).toMatchObject({
      builder: { name: "other-make" },
    });
  });

  it.each([
    ["that is not there", "", /cannot be loaded.*take it out of "plugins"/],
    ["that throws", 'throw new Error("no luck today");', /no luck today/],
    ["without a default export", "export const name = 1;", /default export: .*object/],
    ["with a part that nobody knows", 'export default { name: "a", bilders: {} };', /bilders/],
    [
      "whose builder is no function",
      'export default { name: "a", builders: { b: 1 } };',
      /builders\.b: is no/,
    ],
    [
      "whose recipe step is no function",
      'export default { name: "a", recipeSteps: { b: "rm" } };',
      /recipeSteps\.b: is no function: give one/,
    ],
    ["with a name that is none", 'export default { name: "A b" };', /name: small letters/],
    [
      "with a builder of a built-in name",
      `export default { name: "a", builders: { dsynth: ${driver("dsynth")} } };`,
      /builders\.dsynth: there is a builder of that name already/,
    ],
  ])("leaves a file out %s, and says why", async (_what, text, why) => {
    const path = text === "" ? join(folder, "absent.mjs") : await file(text);
    const good = await pluginOf("good", `good: ${driver("good")}`);
    const { files, builders } = await loadPlugins([path, good]);
    expect(files[0]).toMatchObject({ file: path, name: null, problem: expect.stringMatching(why) });
    expect(files[0]?.problem).toContain(path);
    expect([...builders.keys()]).toEqual(["good"]);
  });

  it("takes of two plugins with one name, or one builder, the first", async () => {
    const first = await pluginOf("first", `one: ${driver("one")}`);
    const twin = await pluginOf("first", `two: ${driver("two")}`);
    const thief = await pluginOf("thief", `one: ${driver("one")}, three: ${driver("three")}`);
    const plugins = await loadPlugins([first, twin, thief]);
    expect(plugins.files.map(({ problem }) => problem === null)).toEqual([true, false, false]);
    expect([...plugins.builders.keys()]).toEqual(["one"]);
    expect(checkPlugins(plugins)).toMatchObject([
      { name: "plugin first", ok: true },
      { ok: false },
      { ok: false },
    ]);
  });
});

describe("configuredBuilder", () => {
  it("takes a name that nobody has for a mistake in the configuration", async () => {
    const plugins = await loadPlugins([]);
    expect(() => configuredBuilder(config("dsynht"), "attempts", plugins)).toThrow(
      /builder\.attempts: there is no builder "dsynht"; known are bsd-make, dsynth.*portwright\.json/,
    );
  });

  it("says what a plugin is to blame for, and lets the server start", async () => {
    const broken = await loadPlugins([await file('throw new Error("no luck today");')]);
    expect(configuredBuilder(config("other"), "attempts", broken)).toMatchObject({
      problem: expect.stringMatching(/no builder "other".*no luck today/s),
    });
    const picky = await loadPlugins([
      await pluginOf("picky", 'picky: () => { throw new Error("no jail given"); }'),
    ]);
    expect(configuredBuilder(config("picky"), "attempts", picky)).toMatchObject({
      problem: expect.stringMatching(/builder\.attempts: builder picky.*no jail given/),
    });
    const odd = await loadPlugins([await pluginOf("odd", 'odd: () => ({ name: "odd", plan() {} })')]);
    expect(configuredBuilder(config("odd"), "attempts", odd)).toMatchObject({
      problem: expect.stringMatching(/builder odd.*build: is no function/),
    });
    const posing = await loadPlugins([
      await pluginOf("posing", 'posing: () => ({ name: "bsd-make", plan() {}, build() {} })'),
    ]);
    expect(configuredBuilder(config("posing"), "attempts", posing)).toMatchObject({
      problem: expect.stringMatching(/builder posing.*name: .*"posing"/),
    });
  });
});
