import { describe, expect, test } from "vitest";
import type { Completion, Message } from "../../../../server/src/agent/model/types.ts";
import { createRecipeProvider } from "../../../../server/src/agent/recipes/provider.ts";
import type { Recipe } from "../../../../server/src/policy/recipe.ts";
import type { Bundle, Case, RecipeUse } from "../../../../server/src/protocol/index.ts";
import { diagnosis, finding, shipped } from "./evidence.ts";

const gmake = diagnosis({
  classification: "build-system-error",
  findings: [finding("gnu-makefile", { makefile: "Makefile", line: "3" })],
});
const request = (found = gmake) => ({
  subject: { origin: "games/tiles" } as Case,
  bundle: { diagnosis: found } as Bundle,
  kin: [],
});
const { signal } = new AbortController();
const opening: Message[] = [
  { role: "system", content: "s" },
  { role: "user", content: "u" },
];

type Reply = (name: string, args: Record<string, unknown>) => object;

/** Carries a conversation on, a fresh provider each turn, until it says finish; what it said and called. */
async function converse(
  reply: Reply,
  found = gmake,
): Promise<{ completions: Completion[]; messages: Message[] }> {
  const messages = [...opening];
  const completions: Completion[] = [];
  for (let turn = 0; turn < 40; turn += 1) {
    const provider = createRecipeProvider(request(found), () => shipped);
    const completion = await provider.complete({ messages, tools: [], maxOutputTokens: 1, signal });
    completions.push(completion);
    if (completion.calls.length === 0) break;
    messages.push({ role: "assistant", content: completion.text, reasoning: "", calls: completion.calls });
    for (const call of completion.calls) {
      const { body = "", ...facts } = { ok: true, ...reply(call.name, JSON.parse(call.arguments)) } as {
        body?: string;
      };
      const content = body === "" ? JSON.stringify(facts) : `${JSON.stringify(facts)}\n${body}`;
      messages.push({ role: "tool", callId: call.id, content });
    }
    if (completion.calls.some((call) => call.name === "finish")) break;
  }
  return { completions, messages };
}

const callsOf = (completions: Completion[]) =>
  completions.flatMap((completion) =>
    completion.calls.map((call) => ({ name: call.name, ...JSON.parse(call.arguments) })),
  );

/** A port without an overlay makefile; builds end as told, one after another. */
function port(...builds: object[]): Reply {
  const left = [...builds];
  return (name) => {
    if (name === "get_file") return { ok: false, error: "/work/x does not exist" };
    if (name === "port_query") return { body: "USES=" };
    if (name === "build") return left.shift() ?? { ok: false, error: "all builds are used" };
    return {};
  };
}

describe("the recipe provider", () => {
  test("ends a passing repair with emit_diff and finish, at no tokens", async () => {
    const { completions } = await converse(port({ passed: true }));
    const calls = callsOf(completions);
    expect(calls.map((call) => call.name)).toEqual([
      "port_query",
      "get_file",
      "put_file",
      "build",
      "emit_diff",
      "finish",
    ]);
    expect(calls[2]).toMatchObject({ content: "USES+=\t\tgmake\n", sha256: null });
    expect(calls.at(-1)).toMatchObject({ status: "fixed", summary: expect.stringContaining("USES+= gmake") });
    expect(completions[0]?.text).toBe("Recipe use-gmake: Build with GNU make.");
    expect(
      completions.every(
        (completion) => completion.usage.uncachedTokens + completion.usage.outputTokens === 0,
      ),
    ).toBe(true);
  });

  test("goes on from what the next build says", async () => {
    const next = {
      ok: false,
      error: "phase configure failed",
      phase: "configure",
      classification: "missing-dep",
      cause: "no pkg-config",
      findings: [{ kind: "pkgconfig-missing", line: 9 }],
    };
    const { completions } = await converse(port(next, { passed: true }));
    const puts = callsOf(completions).filter((call) => call.name === "put_file");
    expect(puts.map((call) => call.content)).toEqual(["USES+=\t\tgmake\n", "USES+=\t\tpkgconfig\n"]);
    expect(callsOf(completions).at(-1)).toMatchObject({ status: "fixed" });
  });

  test("takes back what did not help and says what it saw", async () => {
    const same = {
      ok: false,
      error: "phase build failed",
      phase: "build",
      classification: "build-system-error",
      cause: "line 3: Need an operator",
      findings: [{ kind: "gnu-makefile", makefile: "Makefile", line: 3 }],
    };
    let written = false;
    const { completions } = await converse((name, args) => {
      if (name === "build") return same;
      if (name === "put_file") written = args.content !== null;
      if (name === "get_file" && written)
        return { path: "p", sha256: "f".repeat(64), bytes: 13, body: "USES+=\t\tgmake" };
      return port()(name, args);
    });
    const calls = callsOf(completions);
    expect(calls.filter((call) => call.name === "put_file").at(-1)).toMatchObject({
      content: null,
      sha256: "f".repeat(64),
    });
    expect(calls.at(-1)).toMatchObject({
      status: "gave-up",
      summary: expect.stringMatching(/USES\+= gmake[\s\S]*Need an operator/),
    });
  });

  test("gives up at once on what no recipe knows", async () => {
    const { completions } = await converse(
      port(),
      diagnosis({
        classification: "link-error",
        findings: [finding("undefined-reference", { symbol: "f" })],
      }),
    );
    expect(callsOf(completions)).toEqual([
      {
        name: "finish",
        status: "gave-up",
        summary: "No recipe knows this failure. What is left is link-error: undefined-reference here.",
      },
    ]);
  });

  test("ends when finish refuses its claim", async () => {
    const { completions } = await converse((name, args) =>
      name === "finish" && args.status === "fixed"
        ? { ok: false, error: "not fixed: the diff is empty" }
        : port({})(name, args),
    );
    expect(callsOf(completions).at(-1)?.name).toBe("finish");
  });

  test("takes the loop's own words in place of a result for a refusal", async () => {
    const provider = createRecipeProvider(request(), () => shipped);
    const first = await provider.complete({ messages: opening, tools: [], maxOutputTokens: 1, signal });
    const messages: Message[] = [
      ...opening,
      { role: "assistant", content: "", reasoning: "", calls: first.calls },
      { role: "tool", callId: first.calls[0]?.id ?? "", content: "not executed" },
    ];
    const second = await provider.complete({ messages, tools: [], maxOutputTokens: 1, signal });
    expect(callsOf([second])[0]).toMatchObject({
      name: "finish",
      status: "gave-up",
      summary: expect.stringContaining("not executed"),
    });
  });

  test("answers the same conversation with the same calls", async () => {
    const { messages } = await converse(port({ passed: true }));
    const upTo = messages.slice(0, -2);
    const again = async () =>
      createRecipeProvider(request(), () => shipped).complete({
        messages: upTo,
        tools: [],
        maxOutputTokens: 1,
        signal,
      });
    expect(await again()).toEqual(await again());
  });

  test("does not go on with what another rule book began", async () => {
    const { messages } = await converse(port({ passed: true }));
    const goOn = (book: readonly Recipe[], upTo: number) =>
      createRecipeProvider(request(), () => book).complete({
        messages: messages.slice(0, upTo),
        ...{ tools: [], maxOutputTokens: 1, signal },
      });
    const others = shipped.filter(({ id }) => id !== "use-gmake");
    await expect(goOn(others, -2)).rejects.toThrow(/cannot go on: the rule book .* something else in turn 1/);
    expect((await goOn(shipped, -2)).calls).not.toEqual([]);
  });

  test("tells what became of each recipe once its build has spoken", async () => {
    const told: RecipeUse[][] = [];
    const { messages } = await converse(port({ passed: true }));
    const provider = createRecipeProvider(
      request(),
      () => shipped,
      (uses) => told.push(uses),
    );
    const ends = messages.flatMap(({ role }, at) => (role === "assistant" ? [at] : []));
    for (const end of ends)
      await provider.complete({ messages: messages.slice(0, end), tools: [], maxOutputTokens: 1, signal });
    const use = { id: "use-gmake", classification: "build-system-error", end: "passed" };
    const built = ends.findIndex((at) => {
      const message = messages[at];
      return message?.role === "assistant" && message.calls.some(({ name }) => name === "build");
    });
    expect(told).toEqual(ends.map((_, turn) => (turn > built ? [use] : [])));
  });

  test("stops when it is cancelled", async () => {
    const stopped = AbortSignal.abort(new Error("enough"));
    const provider = createRecipeProvider(request(), () => shipped);
    await expect(
      provider.complete({ messages: opening, tools: [], maxOutputTokens: 1, signal: stopped }),
    ).rejects.toThrow("enough");
  });
});
