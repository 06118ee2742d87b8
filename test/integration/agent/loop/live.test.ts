import { afterAll, beforeAll, expect, test } from "vitest";
import { LiveFeed } from "../../../../server/src/agent/live/feed.ts";
import { redact } from "../../../../server/src/evidence/redact.ts";
import type { LiveChange } from "../../../../server/src/protocol/index.ts";
import { turn } from "../../../fixtures/model-server/chunks.ts";
import { createSample, type Sample } from "../sample.ts";

let sample: Sample;
beforeAll(async () => {
  sample = await createSample();
});
afterAll(() => sample.remove());

test("an attempt shows words as they come, calls, and the phases and log of its build", async () => {
  const feed = new LiveFeed({ redact, now: Date.now });
  const changes: LiveChange[] = [];
  feed.follow("case-1", (change) => {
    if (change !== null) changes.push(change);
  });
  using live = feed.begin("case-1", "attempt-1");
  const answers = [
    { text: "Let me build it.", reasoning: "Why?", calls: [{ name: "build", arguments: {} }] },
    { calls: [{ name: "finish", arguments: { status: "gave-up", summary: "no" } }] },
  ];
  await sample.attempt("games/tilerun", (request, index) => turn(answers[index] ?? {}, request), {
    request: { live, onPhase: live.phase },
  });
  const kinds = changes.map(({ type }) => type);
  expect(
    kinds.filter((kind, index) => kind !== kinds[index - 1] && !["phase", "log"].includes(kind)),
  ).toEqual([...["turn", "reasoning", "text", "call", "build", "called", "turn", "call", "called"]]);
  const phases = changes.flatMap((change) => (change.type === "phase" ? [change.phase] : []));
  expect(phases).toEqual(expect.arrayContaining(["fetch", "extract", "patch", "configure", "build"]));
  const log = changes.flatMap((change) => (change.type === "log" ? change.lines : []));
  expect(log.join("\n")).toMatch(/===> .*[Bb]uild/);
  expect(feed.of("case-1")).toMatchObject({ turn: 2, build: 1, calls: [{ name: "finish", ok: true }] });
});
