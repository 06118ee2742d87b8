import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { bindingsOf } from "../../../../server/src/agent/recipes/match.ts";
import { repair } from "../../../../server/src/agent/recipes/repair.ts";
import type { Answer, PlannedCall } from "../../../../server/src/agent/recipes/script.ts";
import type { PluginStep, PluginSteps } from "../../../../server/src/agent/recipes/steps/plugin.ts";
import { Recipe } from "../../../../server/src/policy/recipe.ts";
import { diagnosis, finding } from "./evidence.ts";

const overlay = "/work/DeltaPorts/ports/games/tiles/Makefile.DragonFly";
const recipe = (given: Partial<Recipe>): Recipe =>
  Recipe.parse({
    ...{ id: "test", title: "A test", classes: ["build-system-error"], match: [{ kind: "gnu-makefile" }] },
    ...{ steps: [], confidence: "high", explanation: "because", ...given },
  });
const broken = (...makefiles: string[]) =>
  diagnosis({
    classification: "build-system-error",
    findings: makefiles.map((makefile) => finding("gnu-makefile", { makefile, line: "3" })),
  });
const stillBroken = (makefile: string): Answer => ({
  ok: false,
  facts: {
    ...{ error: "phase build failed", phase: "build", classification: "build-system-error" },
    findings: [{ kind: "gnu-makefile", makefile, line: 3 }],
  },
  body: "",
});

/** Carries a repair to its end against files that hold what is written; builds end as told, then pass. */
function carry(
  rules: readonly Recipe[],
  found: ReturnType<typeof broken>,
  port: {
    makefile?: string;
    pluginSteps?: PluginSteps;
    variables?: Record<string, string>;
    builds?: Answer[];
  } = {},
) {
  const files = new Map(port.makefile === undefined ? [] : [[overlay, port.makefile]]);
  const left = [...(port.builds ?? [])];
  const calls: PlannedCall[] = [];
  const ok = (facts: Record<string, unknown>, body = ""): Answer => ({ ok: true, facts, body });
  const answer = (call: PlannedCall): Answer => {
    calls.push(call);
    const { path, content, variables } = call.arguments as Record<string, string> & { variables: string[] };
    if (call.name === "build") return left.shift() ?? ok({ passed: true });
    if (call.name === "port_query")
      return ok({}, variables.map((name) => `${name}=${port.variables?.[name] ?? ""}`).join("\n"));
    if (call.name === "get_file") {
      const text = files.get(path ?? "");
      if (text === undefined) return { ok: false, facts: { error: "it does not exist" }, body: "" };
      const sha256 = createHash("sha256").update(text).digest("hex");
      return ok({ sha256, bytes: Buffer.byteLength(text) }, text);
    }
    if (call.name === "put_file" && content === null) files.delete(path ?? "");
    else if (call.name === "put_file") files.set(path ?? "", content ?? "");
    return ok({});
  };
  const script = repair(() => rules, {
    ...{ origin: "games/tiles", diagnosis: found, pluginSteps: port.pluginSteps },
  });
  for (let next = script.next(); next.done !== true; ) next = script.next(next.value.calls.map(answer));
  const { status, summary } = (calls.at(-1)?.arguments ?? {}) as Record<string, string>;
  const builds = calls.filter(({ name }) => name === "build").length;
  return { makefile: files.get(overlay) ?? null, status, summary, builds };
}

const define = recipe({
  steps: [{ do: "set-variable", variable: "MAKEFILE", value: "$" + "{makefile}" }],
});

test("a repair that is refused half-way leaves no edit behind", () => {
  const half = recipe({
    steps: [...define.steps, { do: "retire-patch", patch: "dragonfly/patch-that-is-not-there" }],
  });
  expect(carry([half], broken("GNUmakefile"), { makefile: "X=\ty\n" })).toMatchObject({
    ...{ makefile: "X=\ty\n", status: "gave-up", builds: 0 },
    summary: expect.stringContaining("could not be done"),
  });
});

test("a repair whose precondition does not hold is not begun, and the account says why", () => {
  for (const [USES, has] of [
    ["gmake", true],
    ["tar gmake:lite", true],
    ["gmakefoo", false],
  ] as const) {
    const when = [{ if: "variable-lacks", variable: "USES", word: "gmake" }] as const;
    const rule = recipe({ steps: define.steps, when: [...when] });
    const { status, summary, makefile } = carry([rule], broken("m"), { variables: { USES } });
    expect([USES, status, makefile === null]).toEqual([USES, has ? "gave-up" : "fixed", has]);
    if (has) expect(summary).toContain("USES has gmake already");
  }
});

test("of several edits of one file that did not help, the first one's beginning comes back", () => {
  const makefile = "X=\ty\n";
  const add = recipe({ steps: [{ do: "add-to-variable", variable: "FILES", words: ["$" + "{makefile}"] }] });
  const builds = [stillBroken("one")];
  expect(carry([add], broken("one", "two"), { makefile, builds })).toMatchObject({
    ...{ makefile, status: "gave-up", builds: 1 },
  });
});

test("what did not help is not tried again", () => {
  const builds = [stillBroken("one"), stillBroken("one"), stillBroken("one")];
  expect(carry([define], broken("one"), { builds })).toMatchObject({ status: "gave-up", builds: 1 });
});

test("a table knows what stands in it, not what every object has", () => {
  const looked = recipe({
    ...{ steps: define.steps, lookup: { tool: { from: "makefile", table: { known: "gmake" } } } },
  });
  expect(bindingsOf(looked, broken("known")).map(({ tool }) => tool)).toEqual(["gmake"]);
  expect(bindingsOf(looked, broken("constructor"))).toEqual([]);
});

test.each<[string, PluginStep | null, RegExp]>([
  ["is not there", null, /no plugin brings the step toy\/step/],
  [
    "throws",
    () => {
      throw new Error("no luck today");
    },
    /plugin step toy\/step: Error: no luck today/,
  ],
  ["changes nothing", () => ({ did: "x", overlay: {} }), /it changes nothing/],
  ["leaves the overlay", () => ({ did: "x", overlay: { "a/../../b": "" } }), /not below the port's overlay/],
  ["answers later", (() => Promise.reject(new Error("late"))) as unknown as PluginStep, /answers at once/],
  [
    "names an absolute path",
    () => ({ did: "x", overlay: { "/etc/passwd": "" } }),
    /not below the port's overlay/,
  ],
])("a plugin's step that %s is refused and edits nothing", (_what, step, why) => {
  const rules = [recipe({ steps: [{ do: "plugin", name: "toy/step", values: {}, reads: [] }] })];
  const pluginSteps: PluginSteps = new Map(step === null ? [] : [["toy/step", step]]);
  const { makefile, status, summary, builds } = carry(rules, broken("Makefile"), { pluginSteps });
  expect({ makefile, status, builds }).toEqual({ makefile: null, status: "gave-up", builds: 0 });
  expect(summary).toMatch(why);
});
