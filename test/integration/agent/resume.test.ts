import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RecordedAttempt } from "../../../server/src/agent/replay/types.ts";
import { parseResult } from "../../../server/src/agent/tools/result.ts";
import type { Resume } from "../../../server/src/agent/types.ts";
import type { Turn } from "../../../server/src/protocol/index.ts";
import { type ScriptedCall, turn } from "../../fixtures/model-server/chunks.ts";
import type { RecordedRequest, Script } from "../../fixtures/model-server/server.ts";
import { createSample, type Sample } from "./sample.ts";

const origin = "sysutils/loadmon";
const patch = `/work/DeltaPorts/ports/${origin}/dragonfly/patch-src_sample.c`;
const call = (name: string, args: unknown = {}): ScriptedCall => ({ name, arguments: args });

/** The facts of the newest result that has this one. */
function factOf(request: RecordedRequest, name: string): string {
  const results = request.json.messages.filter(({ role }) => role === "tool");
  const facts = results.map(({ content }) => parseResult(String(content)).facts);
  return String(facts.findLast((one) => name in one)?.[name]);
}

/** A drifted patch is cut anew: the tools have to remember sources, edits and patches from turn to turn. */
const answers: readonly ((request: RecordedRequest) => ScriptedCall[])[] = [
  () => [call("patch_phase"), call("get_file", { path: patch })],
  (request) => [
    call("put_file", { path: patch, content: null, sha256: factOf(request, "sha256") }),
    call("patch_phase"),
  ],
  (request) => [call("get_file", { path: `${factOf(request, "wrksrc")}/src/sample.c` })],
  (request) => {
    const path = `${factOf(request, "wrksrc")}/src/sample.c`;
    const source = String(request.json.messages.at(-1)?.content);
    const old = source.split("\n").find((text) => text.includes("COUNTERS_PATH")) ?? "";
    const edit = { path, old, new: '#define COUNTERS_PATH "/proc/stat"', sha256: factOf(request, "sha256") };
    return [call("dupe", { path }), call("replace_in_file", edit), call("genpatch")];
  },
  () => [call("install_patches"), call("build")],
  () => [call("finish", { status: "fixed", summary: "re-cut" })],
];
const script: Script = (request) => {
  const number = request.json.messages.filter(({ role }) => role === "assistant").length;
  return turn({ calls: answers[number]?.(request) ?? [] }, request);
};
const conversationOf = (body: string): string => body.slice(0, body.lastIndexOf('],"max_tokens":'));

let sample: Sample;
let whole: Awaited<ReturnType<Sample["attempt"]>>;
beforeAll(async () => {
  sample = await createSample();
  whole = await sample.attempt(origin, script);
  expect(whole.report).toMatchObject({ outcome: "fixed", turns: 6, builds: 1 });
});
afterAll(() => sample.remove());

/** Goes on after so many turns in an environment that is fresh, whatever it is said to be. */
async function goOn(
  count: number,
  {
    isQuiet = false,
    change = (_: Turn[]) => {},
  }: { isQuiet?: boolean; change?: (turns: Turn[]) => void } = {},
) {
  const turns: Turn[] = JSON.parse(JSON.stringify(whole.turns.slice(0, count)));
  change(turns);
  const record: RecordedAttempt = { ...whole.record, turns };
  let resets = 0;
  const reset = () => {
    resets += 1;
    return sample.environment();
  };
  const resume: Resume = { record, isQuiet, reset };
  return { ...(await sample.attempt(origin, script, { request: { resume } })), resets };
}

describe.each([2, 4, 5])("after turn %i, with nothing left of its environment", (count) => {
  test("the attempt goes on with the same sources, patches and requests, to the same diff", async () => {
    const { report, turns, server, resets } = await goOn(count);
    expect(report).toMatchObject({ outcome: "fixed", turns: 6, builds: 1, diff: whole.report.diff });
    expect(turns.map(({ number }) => number)).toEqual([2, 3, 4, 5, 6].filter((number) => number > count));
    expect(resets).toBe(1);
    const sent = server.requests.map(({ body }) => conversationOf(body));
    expect(sent[0]).toBe(conversationOf(whole.server.requests[count]?.body ?? ""));
    expect(turns[0]?.trace?.request?.kept).toBe(whole.turns[count]?.trace?.request?.kept);
  });
});

test("an environment that was not touched since is taken as it is only where the port's files say so", async () => {
  expect(await goOn(1, { isQuiet: true })).toMatchObject({ resets: 0 });
  expect(await goOn(5, { isQuiet: true })).toMatchObject({ resets: 1, report: { outcome: "fixed" } });
});

const cannot = (why: RegExp) => ({ name: "NotResumable", message: expect.stringMatching(why) });

test("what cannot be proved to be as it was does not go on, and says why", async () => {
  const lost = goOn(2, {
    change: ([, second]) => {
      const [put] = second?.calls ?? [];
      if (put) put.result = put.result.replace('"deleted":true', `"sha256":"${"0".repeat(64)}"`);
    },
  });
  await expect(lost).rejects.toMatchObject(cannot(/cannot go on: .*0000/));
  const other = goOn(4, {
    change: (turns) => {
      for (const one of turns[3]?.calls ?? [])
        if (one.name === "genpatch")
          one.result = one.result.replace(/"sha256":"[0-9a-f]{8}/, '"sha256":"00000000');
    },
  });
  await expect(other).rejects.toMatchObject(cannot(/genpatch of an earlier turn gives another result/));
  const reworded = goOn(3, {
    change: ([first]) => {
      if (first?.trace?.request) first.trace.request.sha256 = "0".repeat(64);
    },
  });
  await expect(reworded).rejects.toMatchObject(cannot(/asked turn 1 in other words/));
});
