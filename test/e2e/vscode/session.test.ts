import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { chunk, type ScriptedTurn, turn } from "../../fixtures/model-server/chunks.ts";
import { type RecordedRequest, type Stream, startModelServer } from "../../fixtures/model-server/server.ts";
import { command } from "../../unit/extension/connection/server.ts";
import { type BuilderHost, makeBuilderHost } from "./builder.ts";
import { inEditor, installWorkbench, isWorkbenchWanted } from "./wanted.ts";
import { Workbench } from "./workbench.ts";

const minutes = 60_000;
const origin = "games/tilerun";
const words = "I look at what fails first, **then** I decide what to do about it.";
const look: ScriptedTurn = { calls: [{ name: "list_dir", arguments: { path: `/work/DPorts/${origin}` } }] };

/** Model calls that have begun and wait, oldest first, for the test to let them end. */
class Patience {
  /** What the calls do that end from now on. */
  act = look;
  readonly #goOn: (() => void)[] = [];
  #ended = 0;

  /** Says its words one by one, and all else only when it is let. */
  answer(request: RecordedRequest): Stream {
    const gate = new Promise<void>((goOn) => void this.#goOn.push(goOn));
    return { chunks: spoken(request, gate, () => this.act) };
  }

  get begun(): number {
    return this.#goOn.length;
  }

  /** Ends the newest call. */
  end(): void {
    for (const goOn of this.#goOn.slice(this.#ended)) goOn();
    this.#ended = this.#goOn.length;
  }
}

async function* spoken(
  request: RecordedRequest,
  gate: Promise<void>,
  act: () => ScriptedTurn,
): AsyncGenerator<unknown> {
  for (const word of words.split(/(?<= )/)) {
    yield chunk({ content: word });
    await sleep(30);
  }
  await gate;
  yield* turn(act(), request).chunks as Iterable<unknown>;
}

describe.skipIf(!isWorkbenchWanted())("a porter who looks on", inEditor, () => {
  const patience = new Patience();
  let model: Awaited<ReturnType<typeof startModelServer>>;
  let host: BuilderHost;
  let code: Workbench;

  beforeAll(async () => {
    const installed = await installWorkbench();
    model = await startModelServer((request) => patience.answer(request));
    host = await makeBuilderHost({ model: model.url, approve: ["materialize"] });
    await host.build(origin);
    const builder = { name: "local", command, state: host.stateDir };
    code = await Workbench.open(installed, { "portwright.builders": [builder] });
  }, 15 * minutes);
  afterAll(async () => {
    await code?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
    await model?.close();
  }, minutes);

  beforeEach(({ onTestFailed }) => onTestFailed(({ task }) => code.screenshot(`failed: ${task.name}`)));

  const state = (text: string) => code.webview.locator("header .state", { hasText: text });
  const button = (name: string) => code.webview.getByRole("button", { name, exact: true });
  const turnNumbers = () => code.webview.locator("article.turn h2 > span:first-child").allTextContents();

  it("sees the model's words while they come", async () => {
    await code.showPortwright();
    await code.row(/games\/tilerun.*being repaired/).waitFor();
    await code.choose(code.row(origin), "Show Session");
    await state("running").waitFor();
    await code.webview.locator("article.live strong", { hasText: "then" }).waitFor();
    await code.webview.getByText("what to do about").waitFor();
    expect((await host.ask("session/get", { case: origin })).turns).toEqual([]);
    await code.screenshot("session-01-words");
  });

  it("steers it at its next turn, and sees that it was told", async () => {
    const box = code.webview.getByRole("textbox");
    await box.fill("it wants GNU make");
    await box.press("Enter");
    const said = code.webview.locator(".steering", { hasText: "it wants GNU make" });
    await said.getByText("waits for the next turn").waitFor();
    expect(await box.inputValue()).toBe("");
    await code.screenshot("session-02-said");
    patience.end();
    await code.webview.locator("article.live h2", { hasText: "Turn 2" }).waitFor();
    await expect.poll(() => patience.begun).toBe(2);
    expect(model.requests[1]?.body).toContain("it wants GNU make");
    patience.end();
    await code.webview.getByText("told at turn 2").waitFor();
    await code.screenshot("session-03-told");
  });

  it("holds it after its turn, and lets it go on", async () => {
    await code.webview.locator("article.live h2", { hasText: "Turn 3" }).waitFor();
    await button("Pause").click();
    await state("pausing after this turn").waitFor();
    patience.end();
    await state("paused").waitFor();
    await code.screenshot("session-04-paused");
    expect(patience.begun).toBe(3);
    await button("Resume").click();
    await code.webview.locator("article.live h2", { hasText: "Turn 4" }).waitFor();
    await state("running").waitFor();
    expect(await turnNumbers()).toEqual(["Turn 1", "Turn 2", "Turn 3", "Turn 4"]);
  });

  it("keeps every turn, once, when the server dies in the middle, and goes on where it was", async () => {
    await code.webview.locator("article.live", { hasText: "what to do about" }).waitFor();
    await host.killServer();
    await expect.poll(() => patience.begun, { timeout: minutes }).toBe(5);
    await code.webview.locator("article.live", { hasText: "what to do about" }).waitFor();
    await state("running").waitFor();
    expect(await turnNumbers()).toEqual(["Turn 1", "Turn 2", "Turn 3", "Turn 4"]);
    const { attempt, turns } = await host.ask("session/get", { case: origin });
    expect([attempt.number, attempt.outcome]).toEqual([1, null]);
    expect(turns.map(({ number }) => number)).toEqual([1, 2, 3]);
    await code.screenshot("session-05-goes-on");
  });

  it("comes back after a reload of the window, with what was not sent", async () => {
    await code.webview.getByRole("textbox").fill("not sent yet");
    // The workbench writes down what it keeps every five seconds.
    await sleep(12_000);
    await code.page.reload();
    await state("running").waitFor();
    await code.webview.locator("article.live h2", { hasText: "Turn 4" }).waitFor();
    expect(await code.webview.getByRole("textbox").inputValue()).toBe("not sent yet");
  });

  it("is asked for a call that the policy leaves to a person, and lets it be made", async () => {
    patience.act = { calls: [{ name: "materialize", arguments: {} }] };
    patience.end();
    const asking = code.webview.locator(".approval", { hasText: "materialize" });
    await asking.getByText("The agent asks for your consent").waitFor();
    await code.row(/games\/tilerun.*asks for your consent to materialize/).waitFor();
    await code.webview.locator("article.live .call", { hasText: "waits for your consent" }).waitFor();
    const toast = code.page.locator(".notification-toast", {
      hasText: "asks for your consent to materialize",
    });
    await toast.waitFor();
    // A window that is opened later is told as well.
    await code.page.reload();
    await toast.getByRole("button", { name: "Show Session" }).click();
    await code.screenshot("session-06-asks");
    await asking.getByRole("textbox").fill("look at the patches then");
    await asking.getByRole("button", { name: "Approve" }).click();
    await asking.getByText(/approved it/).waitFor();
    await code.webview.locator("article.live h2", { hasText: "Turn 5" }).waitFor();
    const { turns } = await host.ask("session/get", { case: origin });
    expect(turns.at(-1)?.calls).toMatchObject([
      { ok: true, result: expect.stringContaining('"porter":"look at the patches then"') },
    ]);
  });

  it("stops it", async () => {
    await button("Stop").click();
    await state("stopped").waitFor();
    expect(await button("Pause").count()).toBe(0);
    await code.screenshot("session-07-stopped");
    expect((await host.ask("session/get", { case: origin })).attempt.outcome).toBe("stopped");
  });

  it("writes it to a file that anyone can read", async () => {
    const file = join(host.stateDir, "session.html");
    await button("Export…").click();
    await code.choosePath("Export attempt 1", file);
    await expect.poll(() => readFile(file, "utf8").catch(() => ""), { timeout: 20_000 }).toContain("Turn 1");
    const page = await readFile(file, "utf8");
    expect(page).toContain("<strong>then</strong>");
    expect(page).not.toContain("<script");
  });
});
