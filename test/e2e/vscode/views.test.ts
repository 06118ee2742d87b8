import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { turn } from "../../fixtures/model-server/chunks.ts";
import { type RecordedRequest, startModelServer } from "../../fixtures/model-server/server.ts";
import { command } from "../../unit/extension/connection/server.ts";
import { type BuilderHost, makeBuilderHost } from "./builder.ts";
import { seedBulkBuild } from "./seed.ts";
import { inEditor, installWorkbench, isWorkbenchWanted } from "./wanted.ts";
import { Workbench } from "./workbench.ts";

const minutes = 60_000;
const failing = 3000;

async function* held(request: RecordedRequest, gate: Promise<void>): AsyncGenerator<unknown> {
  await gate;
  yield* turn({ text: "There is nothing that I could do." }, request).chunks as Iterable<unknown>;
}

describe.skipIf(!isWorkbenchWanted())("a porter who looks around", inEditor, () => {
  let model: Awaited<ReturnType<typeof startModelServer>>;
  let host: BuilderHost;
  let code: Workbench;
  /** Lets the model's answer go. */
  const answering = Promise.withResolvers<void>();

  beforeAll(async () => {
    const installed = await installWorkbench();
    model = await startModelServer((request) => ({ chunks: held(request, answering.promise) }));
    host = await makeBuilderHost({ model: model.url, automation: false });
    seedBulkBuild(host.stateDir, failing);
    await host.build("games/tilerun");
    const builder = { name: "local", command, state: host.stateDir };
    code = await Workbench.open(installed, { "portwright.builders": [builder] });
    await code.showPortwright();
    await code.widen();
  }, 15 * minutes);
  afterAll(async () => {
    answering.resolve();
    await code?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
    await model?.close();
  }, minutes);

  beforeEach(({ onTestFailed }) => onTestFailed(({ task }) => code.screenshot(`failed: ${task.name}`)));

  const quickPick = () => code.page.locator(".quick-input-widget");
  const title = (text: string | RegExp) =>
    code.page.locator(".part.sidebar .pane-header", { hasText: text }).first();

  /** Scrolls to a row at the end of the list, which grows meanwhile. */
  const toTheEnd = (last: RegExp) =>
    expect
      .poll(async () => {
        await code.page.keyboard.press("End");
        return code.row(last).isVisible();
      })
      .toBe(true);

  it("shows the ports that block most first, and a page more when asked", async () => {
    await code.row(/@bulk.*3000 failing, 60 for you/).waitFor();
    await code.row(/devel\/port0000.*600 blocked/).waitFor();
    await code.screenshot("views-01-impact");
    await code.row("devel/port0000").click();
    await toTheEnd(/More.*2800 not shown/);
    await code.row(/More.*2800 not shown/).click();
    await toTheEnd(/More.*2600 not shown/);
    await code.screenshot("views-02-more");
    await code.page.keyboard.press("Home");
  });

  it("groups them by class", async () => {
    await code.command("Portwright: Group By...");
    await code.pick("by class");
    await code.row(/plist-error.*600 failing/).waitFor();
    await title(/by class/).waitFor();
    await code.row(/plist-error.*600 failing/).click();
    await code.row(/www\/port0001.*1\.1/).waitFor();
    await code.screenshot("views-03-classes");
    await code.command("Portwright: Group By...");
    await code.pick("most blocked ports first");
    await code.row(/devel\/port0000.*600 blocked/).waitFor();
  });

  it("finds one of thousands, and says that others are left out", async () => {
    await code.command("Portwright: Search Ports...");
    await code.answer("port2718");
    await code.row(/@bulk.*1 failing/).waitFor();
    await code.row("devel/port2718").waitFor();
    await title(/"port2718"/).waitFor();
    await code.screenshot("views-04-search");
    await code.command("Portwright: Search Ports...");
    await code.answer("no such port");
    await code.row("No failing port fits the filter").click();
    await code.row(/@bulk.*3000 failing/).waitFor();
  });

  it("finds a failure by words of its evidence, and tells what happened to its port", async () => {
    await code.command("Portwright: Search Failures...");
    await quickPick().locator(".quick-input-box input").fill("build-system tiler");
    await code.choice(/tilerun.*new.*build-system-error/).waitFor();
    await code.screenshot("views-04-failures");
    await code.pick("games/tilerun");
    await code.tab(/tilerun\.log/).waitFor();
    await code.commandOn("Portwright: Show Activity", "games/tilerun", "tilerun");
    await code.tab(/tilerun\.activity\.txt/).waitFor();
    await code.page.locator(".view-lines", { hasText: /builder.·.failed/ }).waitFor();
    await code.screenshot("views-04-activity");
  });

  it("filters by state, and picks a port for a command out of all", async () => {
    await code.command("Portwright: Filter...");
    await code.pick("Needs you");
    await code.screenshot("views-05-filter");
    await quickPick().getByRole("button", { name: "OK" }).click();
    await code.row(/@bulk.*60 failing, 60 for you/).waitFor();
    await title(/for you/).waitFor();
    await code.commandOn("Portwright: Assign...", "textproc/port2999", "port2999");
    await code.pick("Nobody");
    await code.command("Portwright: Clear Filter");
    await code.row(/@bulk.*3000 failing/).waitFor();
  });

  it("ignores several at once", async () => {
    await code.row("devel/port0000").click();
    await code.row("graphics/port0002").click({ modifiers: ["Shift"] });
    await code.choose(code.row("www/port0001"), "Ignore...");
    await code.answer("not ours");
    await code.row(/@bulk.*2997 failing/).waitFor();
    expect(await code.row("www/port0001").count()).toBe(0);
    await code.row(/math\/port0003/).waitFor();
  });

  it("follows a session, holds it, and stops it", async () => {
    await code.command("Portwright: Search Ports...");
    await code.answer("tilerun");
    await code.row(/@2026Q3.*1 failing/).waitFor();
    await code.commandOn("Portwright: Triage", /games\/tilerun.*@2026Q3/, "tilerun");
    await code.row(/games\/tilerun.*diagnosed/).waitFor();
    await code.commandOn("Portwright: Run Patch Attempt", "games/tilerun", "tilerun");
    const session = code.row(/games\/tilerun.*AUTO/);
    await session.waitFor();
    await code.screenshot("views-06-sessions");
    const paused = code.row(/games\/tilerun.*paused/);
    await code.press(session, "Pause", paused);
    await code.press(paused, "Stop", paused, "hidden");
    answering.resolve();
    await code.row(/^Waiting for You/).click();
    await code.row(/^Recent/).click();
    await code.row(/games\/tilerun.*stopped/).waitFor();
    await code.screenshot("views-07-stopped");
  });

  it("shows a build as it runs, its slots and what it has done", async () => {
    const end = await host.buildSlowly();
    await title("Builds").click();
    await code.row(/misc\/slow.*extract/).waitFor();
    await code.rest();
    await code.screenshot("views-08-builds");
    await end();
    // Only rows in sight are there.
    await title("Failing Ports").click();
    await code.row(/@bulk.*2 failed/).click();
    await code.row(/^Skipped/).click();
    await code.row(/^lang\/waits/).click();
    await code.row(/^net\/port0004.*holds it up/).waitFor();
    await code.screenshot("views-08-skipped");
    await title("Failing Ports").click();
  });

  it("compares two runs", async () => {
    await code.command("Portwright: Compare Runs...");
    await code.pick(/@bulk.*1 built, 2 failed/);
    await quickPick().getByPlaceholder("Compare @bulk with which run?").waitFor();
    await code.pick(/@bulk.*2 built, 1 failed/);
    await code.tab("@bulk.comparison.txt").waitFor();
    const line = (text: RegExp) => code.page.locator(".view-line", { hasText: text }).first();
    await line(/www\/breaks.*built.->.failed.in.build/).waitFor();
    await line(/devel\/mends.*failed.in.build.->.built/).waitFor();
    await code.screenshot("views-09-comparison");
  });

  it("makes an environment, opens a terminal in it, and destroys it", async () => {
    await title("Builds").click();
    await title("Environments").click();
    await code.page
      .locator(".part.sidebar")
      .getByRole("button", { name: "Create Environment..." })
      .last()
      .click();
    await code.answer("mine");
    await code.pick("No target");
    await code.row(/^mine/).waitFor();
    await code.row(/^mine/).click();
    await code.row(/On disk.*MiB/).waitFor();
    await code.screenshot("views-10-environment");
    const terminal = code.page.locator(".terminal-wrapper.active");
    await code.press(code.row(/^mine/), "Open Environment in Terminal", terminal);
    // What is typed before the shell asks for it is lost.
    await terminal.locator(".xterm-rows", { hasText: "mine:/work$" }).waitFor();
    await terminal.click();
    await code.page.keyboard.type("touch /work/obj/told && exit\n");
    await code.page.locator(".terminal-wrapper.active").waitFor({ state: "detached" });
    await code.choose(code.row(/^mine/), "Destroy Environment...");
    await code.page.locator(".monaco-dialog-box").getByRole("button", { name: "Destroy" }).click();
    await code.page.getByText("An environment is a throw-away place").waitFor();
  });
});
