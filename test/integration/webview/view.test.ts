import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Briefing } from "../../../server/src/protocol/index.ts";
import { installWorkbench, isWorkbenchWanted } from "../../e2e/vscode/wanted.ts";
import { asEvents, sampleAttempt, sampleTurn } from "../../unit/extension/samples.ts";
import { busyTurn, liveMessage, sampleLive, sampleSession } from "../../unit/webview/sessions.ts";
import { ViewBrowser } from "./page.ts";

const hostile = [
  "<script>window.pwned = 1</script>",
  '<img src="https://example.org/x.png" onerror="window.pwned = 2">',
  "[run](command:workbench.action.quit) [run](javascript:window.pwned=3)",
  "![x](https://example.org/y.png)",
  "\u001b[31mred\u001b[0m \u202egnp.exe",
].join("\n\n");

describe.skipIf(!isWorkbenchWanted())("the session view in a browser", { timeout: 120_000 }, () => {
  let browser: ViewBrowser;
  beforeAll(async () => {
    await installWorkbench();
    browser = await ViewBrowser.launch();
  }, 900_000);
  afterAll(() => browser?.[Symbol.asyncDispose]());

  it("shows a hostile model's words, arguments and results as text, and loads and runs nothing of them", async () => {
    await using view = await browser.open();
    const call = { id: "k", name: "grep", ok: true, durationMs: 1, spill: null };
    const turn = sampleTurn(1, {
      text: hostile,
      reasoning: hostile,
      calls: [{ ...call, arguments: JSON.stringify({ path: hostile }), result: hostile }],
    });
    await view.post({ type: "session", session: sampleSession({ turns: [turn] }) });
    await view.page.locator(".call > summary").first().click();
    await view.page.locator(".reasoning > summary").first().click();
    expect(await view.page.evaluate(() => (window as unknown as { pwned?: number }).pwned)).toBeUndefined();
    expect(await view.page.locator("main a, main img, main script, main iframe").count()).toBe(0);
    const text = await view.page.locator("main").textContent();
    expect(text).toContain("window.pwned = 1");
    expect(text).not.toMatch(/[\u001b\u202e]/);
    expect(view.faults).toEqual([]);
  });

  it("tells what the attempt was told first, what was cut and left out, and leads to the whole message", async () => {
    await using view = await browser.open();
    const sha256 = "1".repeat(64);
    const briefing: Briefing = {
      ...{ sha256, bytes: 900, limit: 1000 },
      sections: [
        { name: "playbooks", bytes: 700, told: 400, shown: ["linking"], left: ["rust"] },
        { name: "upstream", bytes: 300, told: 200, shown: ["names"], left: [hostile] },
        { name: "siblings", bytes: 50, told: 0, shown: [], left: ["devel/a"] },
      ],
    };
    await view.post({ type: "session", session: sampleSession({ attempt: sampleAttempt({ briefing }) }) });
    await view.page.getByText("Told first: 900 of 1,000 bytes").click();
    const items = await view.page.locator(".briefing li").allTextContents();
    expect(items[0]).toBe("Playbooks 400 of 700 bytes · linking · without rust");
    expect(items[1]).toContain("window.pwned = 1");
    expect(items[1]).not.toMatch(/[\u001b\u202e]/);
    expect(items[2]).toBe("Kin of the failure left out: no room for its 50 bytes");
    await view.page.getByRole("button", { name: "Open the whole message" }).click();
    expect(view.posted).toContainEqual({ type: "openArtifact", sha256, name: "told.txt" });
    expect(view.faults).toEqual([]);
  });

  it("draws only the turns in sight of 500 with 5,000 calls, and goes to any of them", async () => {
    await using view = await browser.open();
    const turns = Array.from({ length: 500 }, (_, index) => busyTurn(index + 1, 10, 200));
    await view.post({
      type: "session",
      session: sampleSession({ turns, attempt: sampleAttempt({ turns: 500 }) }),
    });
    await view.page.getByRole("heading", { name: "Turn 500" }).waitFor();
    expect(await view.page.locator("article.turn").count()).toBeLessThan(40);
    expect(await view.page.locator("*").count()).toBeLessThan(3000);
    await view.page.mouse.move(500, 400);
    await view.page.mouse.wheel(0, -1_000_000);
    await view.page.getByRole("heading", { name: /^Turn 1 / }).waitFor();
    expect(await view.page.getByRole("heading", { name: "Turn 500" }).count()).toBe(0);
    expect(view.faults).toEqual([]);
  });

  it("comes back to the turn where the person was, with what was not sent", async () => {
    const session = sampleSession({
      turns: Array.from({ length: 200 }, (_, index) => busyTurn(index + 1, 5, 200)),
    });
    await using before = await browser.open();
    await before.post({ type: "session", session });
    await before.page.getByRole("heading", { name: "Turn 200" }).waitFor();
    await before.page.mouse.move(500, 400);
    await before.page.mouse.wheel(0, -12_345);
    await before.page.getByRole("textbox").fill("not sent");
    await expect.poll(async () => (await before.kept())?.cursor ?? 0).toBeGreaterThan(1);
    await expect.poll(async () => (await before.kept())?.draft).toBe("not sent");
    const kept = await before.kept();
    await using after = await browser.open({ kept });
    // The first page of turns, then the others, as the editor tells them.
    await after.post({ type: "session", session: { ...session, turns: session.turns.slice(0, 20) } });
    await after.post({ type: "turns", turns: session.turns.slice(20) });
    const heading = after.page.getByRole("heading", { name: new RegExp(`^Turn ${kept.cursor} `) });
    await heading.waitFor();
    const article = after.page.locator(`article[data-turn="${kept.cursor}"]`);
    const main = await after.page.locator("main").boundingBox();
    await expect
      .poll(async () => Math.round((main?.y ?? 0) - ((await article.boundingBox())?.y ?? 0) - kept.scroll))
      .toBeLessThan(3);
    expect(await after.page.getByRole("textbox").inputValue()).toBe("not sent");
    await expect.poll(async () => (await after.kept())?.draft).toBe("not sent");
  });

  it("goes from turn to turn with Page Up and Page Down, and leaves opened cards open", async () => {
    await using view = await browser.open();
    const turns = Array.from({ length: 100 }, (_, index) => busyTurn(index + 1, 5, 200));
    await view.post({ type: "session", session: sampleSession({ turns }) });
    const turn = (number: number) => view.page.locator(`article[data-turn="${number}"]`);
    await turn(100).focus();
    await turn(100).locator(".call > summary").first().click();
    await turn(100).focus();
    for (let step = 0; step < 20; step += 1) await view.page.keyboard.press("PageUp");
    await expect
      .poll(() => view.page.evaluate(() => (document.activeElement as HTMLElement).dataset.turn))
      .toBe("80");
    await expect.poll(() => turn(100).count()).toBe(0);
    await view.page.getByRole("button", { name: "To the newest" }).click();
    await turn(100).getByRole("heading", { name: "Result" }).waitFor();
  });

  it("follows streamed words at the end, and speaks once a turn to who cannot see", async () => {
    await using view = await browser.open();
    await view.post({ type: "session", session: sampleSession({ live: sampleLive() }) });
    const spoken = view.page.locator(".spoken[aria-live]");
    const before = await spoken.textContent();
    for (const word of ["I ", "see ", "it."]) await view.post(liveMessage({ type: "text", text: word }));
    await view.page.getByText("I see it.").waitFor();
    expect(await spoken.textContent()).toBe(before);
    const recorded = { type: "turn/recorded" as const, payload: sampleTurn(2, { text: "I see it." }) };
    await view.post({ type: "events", events: asEvents(recorded) });
    await expect.poll(() => spoken.textContent()).toContain("2");
  });

  it("leaves a person who scrolls up a little where he is, whatever comes", async () => {
    const turns = Array.from({ length: 20 }, (_, index) => busyTurn(index + 1, 5, 200));
    await using view = await browser.open();
    await view.post({ type: "session", session: sampleSession({ turns, live: sampleLive({ turn: 21 }) }) });
    const left = () =>
      view.page.evaluate(() => {
        const main = document.querySelector("main");
        return main ? main.scrollHeight - main.scrollTop - main.clientHeight : -1;
      });
    await view.page.getByRole("heading", { name: "Turn 20" }).waitFor();
    await expect.poll(left).toBeLessThan(2);
    await view.page.mouse.move(500, 400);
    await view.page.mouse.wheel(0, -10);
    await expect.poll(left).toBeGreaterThan(5);
    await view.post(liveMessage({ type: "text", text: "one more line\n\nand another" }));
    await view.page.getByText("and another").waitFor();
    expect(await left()).toBeGreaterThan(5);
    await view.page.mouse.wheel(0, 10_000);
    await expect.poll(left).toBeLessThan(2);
    await view.post(liveMessage({ type: "text", text: "\n\n".concat("a last one\n\n".repeat(9)) }));
    await expect.poll(left).toBeLessThan(2);
  });

  it("steers with Enter, queues with Alt+Enter, and keeps the words until they arrived", async () => {
    await using view = await browser.open();
    await view.post({ type: "session", session: sampleSession({ live: sampleLive() }) });
    const box = view.page.getByRole("textbox");
    await box.fill("look at files/");
    await expect.poll(async () => (await view.kept())?.draft).toBe("look at files/");
    await box.press("Enter");
    await expect
      .poll(() => view.posted.at(-1))
      .toEqual({ type: "steer", text: "look at files/", mode: "steer" });
    await view.post({ type: "steered", problem: "rules read nothing" });
    await view.page.getByText("rules read nothing").waitFor();
    expect(await box.inputValue()).toBe("look at files/");
    await box.press("Alt+Enter");
    await expect.poll(() => view.posted.at(-1)).toMatchObject({ mode: "queue" });
    await view.post({ type: "steered", problem: null });
    await expect.poll(() => box.inputValue()).toBe("");
  });

  it("offers only what makes sense: pause and stop while it runs, nothing to press without a connection", async () => {
    await using view = await browser.open();
    await view.post({ type: "session", session: sampleSession({ live: sampleLive() }) });
    const button = (name: string) => view.page.getByRole("button", { name, exact: true });
    for (const name of ["Export…", "Pause", "Stop"]) await button(name).click();
    const asked = ["export", "pause", "stop"].map((type) => ({ type }));
    await expect.poll(() => view.posted.slice(-3)).toEqual(asked);
    expect(await button("Open Diff").count()).toBe(0);
    await view.post({ type: "connection", connected: false });
    await view.page.getByRole("alert").waitFor();
    expect(await button("Stop").isDisabled()).toBe(true);
    await view.post({ type: "connection", connected: true });
    const ended = sampleAttempt({ outcome: "gave-up", endedAt: 9 });
    await view.post({ type: "events", events: asEvents({ type: "attempt/changed", payload: ended }) });
    await expect.poll(() => button("Stop").count()).toBe(0);
  });

  it("can be worked with the keyboard alone, each control with a name", async () => {
    await using view = await browser.open();
    const session = sampleSession({ turns: [busyTurn(1, 2, 20)], live: sampleLive() });
    await view.post({ type: "session", session });
    const named = await view.page.evaluate(() =>
      [...document.querySelectorAll("button, select, textarea, summary")].map(
        (control) => control.getAttribute("aria-label") ?? control.textContent?.trim() ?? "",
      ),
    );
    expect(named.length).toBeGreaterThan(4);
    expect(named).not.toContain("");
    await view.page.locator(".call > summary").first().focus();
    await view.page.keyboard.press("Enter");
    await view.page.getByRole("heading", { name: "Result" }).waitFor();
  });
});
