import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sessionPage } from "../../../server/src/sessionPage/page.ts";
import { strings } from "../../../server/src/sessionPage/strings.ts";
import { installWorkbench, isWorkbenchWanted } from "../../e2e/vscode/wanted.ts";
import { sampleAttempt, sampleCase, sampleTurn } from "../../unit/extension/samples.ts";
import {
  busyTurn,
  sampleApproval,
  sampleLive,
  sampleSession,
  sampleSteering,
} from "../../unit/webview/sessions.ts";
import { ViewBrowser } from "./page.ts";

const sha256 = "a".repeat(64);
const minute = 60_000;

function runningSession() {
  const now = Date.now();
  const usage = {
    uncachedTokens: 30_400,
    cachedTokens: 212_000,
    outputTokens: 5400,
    reasoningTokens: 1900,
    estimated: false,
  };
  return sampleSession({
    attempt: sampleAttempt({
      number: 2,
      provider: "openai",
      model: "some-model",
      startedAt: now - 12 * minute,
      budget: { tokens: 50_000, turns: 30, builds: 6, wallMs: 60 * minute },
      costMicros: 48_200,
    }),
    attempts: [
      { number: 1, outcome: "gave-up" },
      { number: 2, outcome: null },
    ],
    turns: [
      { ...busyTurn(1, 3, 40), usage },
      { ...busyTurn(2, 2, 40), reasoning: "First the log, then the patch." },
    ],
    steerings: [
      sampleSteering({ state: "delivered", turn: 2 }),
      sampleSteering({ id: "s2", text: "and run the tests", mode: "queue" }),
    ],
    approvals: [
      sampleApproval({ state: "rejected", who: "ann", text: "not with that patch", tool: "extract" }),
      sampleApproval({ id: "p2", turn: 3 }),
    ],
    live: sampleLive({
      turn: 3,
      turnAt: now - 42_000,
      text: "I will **rebuild** now, since `configure` finds the header:\n\n1. edit the patch\n2. build",
      calls: [
        {
          id: "x",
          name: "edit_file",
          arguments: '{"path":"ports/devel/foo/Makefile.DragonFly"}',
          at: now - 20_000,
          ok: true,
          durationMs: 12,
        },
        { id: "y", name: "build", arguments: "{}", at: now - 19_000, ok: null, durationMs: null },
      ],
      build: 2,
      phases: [
        { phase: "fetch", at: now - 19_000 },
        { phase: "extract", at: now - 17_000 },
        { phase: "configure", at: now - 15_000 },
        { phase: "build", at: now - 8000 },
      ],
      log: Array.from({ length: 60 }, (_, line) => `cc -O2 -pipe -c src/file${line}.c -o file${line}.o`),
    }),
    phases: [
      { phase: "fetch", at: now - 300_000 },
      { phase: "build", at: now - 290_000 },
      { phase: "fetch", at: now - 19_000 },
    ],
    unit: "USD",
  });
}

function endedSession() {
  return sampleSession({
    case: sampleCase({ state: "waiting", diffSha256: sha256 }),
    attempt: sampleAttempt({
      outcome: "fixed",
      endedAt: 8 * minute,
      diffSha256: sha256,
      summary: "The option `GSSAPI` is **gone**; it is taken out.",
      turns: 2,
      builds: 1,
    }),
    attempts: [{ number: 1, outcome: "fixed" }],
    turns: [busyTurn(1, 2, 40), sampleTurn(2, { text: "Done." })],
    proof: {
      id: "p",
      caseId: "c1",
      attemptId: "a1",
      verdict: "proved",
      reason: "The untouched port fails at configure as recorded; with the diff it builds.",
      environment: "ssh",
      farKind: "bwrap",
      builder: "bsd-make",
      diffSha256: sha256,
      trees: {},
      inputSha256: sha256,
      baseline: { phase: "configure", signature: "1:a", logSha256: sha256 },
      build: { phase: null, passed: true, logSha256: sha256 },
      checks: { targets: ["check-plist", "stage-qa"], phase: null, passed: true, logSha256: sha256 },
      dependents: [
        { origin: "www/uses", flavor: "", state: "builds", said: "", logSha256: sha256 },
        {
          origin: "www/breaks",
          flavor: "py311",
          state: "broken",
          said: "link-error in build",
          logSha256: null,
        },
      ],
      flags: ["the diff takes an option out of OPTIONS_DEFAULT"],
      startedAt: 0,
      endedAt: 95_000,
    },
  });
}

describe.skipIf(!isWorkbenchWanted())("the session view in each theme", () => {
  let browser: ViewBrowser;
  beforeAll(async () => {
    await installWorkbench();
    browser = await ViewBrowser.launch();
  }, 900_000);
  afterAll(() => browser?.[Symbol.asyncDispose]());

  it.each(["dark", "light", "high-contrast"] as const)("%s", async (theme) => {
    await using running = await browser.open({ theme });
    await running.post({ type: "session", session: runningSession() });
    await running.screenshot(`running-${theme}`);
    expect(running.faults).toEqual([]);
    await using ended = await browser.open({ theme });
    await ended.post({ type: "session", session: endedSession() });
    await ended.page.locator(".call > summary").first().click();
    expect(await ended.page.locator(".proof .time").textContent()).toContain("bsd-make · ssh (bwrap)");
    const steps = await ended.page.locator(".proof .steps li strong + span").allTextContents();
    expect(steps.slice(2)).toEqual(["pass", "builds", "fails, and was not known to · link-error in build"]);
    await ended.screenshot(`ended-${theme}`);
    expect(ended.faults).toEqual([]);
  });

  it("nothing is cut off beside a narrow editor", async () => {
    await using narrow = await browser.open({ width: 360 });
    await narrow.post({ type: "session", session: runningSession() });
    await narrow.screenshot("running-narrow");
    expect(await narrow.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    const overflowing = await narrow.page.evaluate(() =>
      [...document.querySelectorAll("header *, main *, footer *")]
        .filter((element) => !element.closest("pre, svg, .line, .spoken"))
        .filter((element) => element.getBoundingClientRect().right > window.innerWidth)
        .map(({ tagName, className }) => `${tagName}.${className}`),
    );
    expect(overflowing).toEqual([]);
  });

  it("the page of a session that a browser opens shows all of it and runs nothing of it", async () => {
    const hostile = `<script>alert(1)</script><img src="https://evil.test/x" onerror=alert(1)>
[go](javascript:alert(1)) ![shot](https://evil.test/y) <style>@import "https://evil.test/z";</style>`;
    const session = {
      ...endedSession(),
      turns: [sampleTurn(1, { text: hostile, reasoning: hostile, calls: busyTurn(1, 1, 9).calls })],
      approvals: [sampleApproval({ turn: 1, state: "approved", who: "ann", text: hostile })],
    };
    const faults = await browser.look(sessionPage(session, strings, "en"), async (page) => {
      expect(await page.locator("script, img, a, iframe, link, form").count()).toBe(0);
      expect(await page.locator("style").count()).toBe(1);
      expect(await page.locator("blockquote", { hasText: "ann approved it" }).textContent()).toContain(
        hostile,
      );
    });
    expect(faults).toEqual([]);
  });
});
