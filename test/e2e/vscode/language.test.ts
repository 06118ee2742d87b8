import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { command } from "../../unit/extension/connection/server.ts";
import { type BuilderHost, makeBuilderHost } from "./builder.ts";
import { inEditor, installWorkbench, isWorkbenchWanted } from "./wanted.ts";
import { Workbench } from "./workbench.ts";

const minutes = 60_000;
const makefile = `PORTNAME=	tilerun
DISTVERSION=	1.1
CATEGORIES=	games

MAINTAINER=	pixl@example.org
COMMENT=	Run over tiles before they fall

USES=		no-such-thing

post-install:
        echo installed

.include <bsd.port.mk>
`;

describe.skipIf(!isWorkbenchWanted())("a porter who reads and writes", inEditor, () => {
  let host: BuilderHost;
  let code: Workbench;

  beforeAll(async () => {
    const installed = await installWorkbench();
    host = await makeBuilderHost({ automation: false });
    await host.build("games/tilerun", "audio/wavpeek", "textproc/mdfold");
    const builder = { name: "local", command, state: host.stateDir };
    code = await Workbench.open(installed, { "portwright.builders": [builder] });
    await code.showPortwright();
    await code.row(/audio\/wavpeek/).waitFor();
  }, 15 * minutes);
  afterAll(async () => {
    await code?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
  }, minutes);

  beforeEach(({ onTestFailed }) => onTestFailed(({ task }) => code.screenshot(`failed: ${task.name}`)));

  const problem = (text: string | RegExp) =>
    code.page.locator(".markers-panel .monaco-list-row", { hasText: text }).first();
  const line = (text: string | RegExp) =>
    code.page.locator(".editor-instance .view-line", { hasText: text }).first();

  it("sees what a log's diagnosis found among the problems, and its phases in the outline", async () => {
    await code.choose(code.row("audio/wavpeek"), "Open Log at Cause");
    await code.tab("wavpeek@x11.log").waitFor();
    await code.command("Problems: Focus on Problems View");
    await problem(/unknown type name 'u_char'/).waitFor();
    await code.screenshot("language-01-log");
    await line("u_char").click();
    await code.command("Go to Symbol in Editor...");
    await code.choice("lib-depends").waitFor();
    await code.choice(/unknown type name/).waitFor();
    await code.screenshot("language-02-outline");
    await code.page.keyboard.press("Escape");
    await code.command("Fold All");
    await expect.poll(() => code.page.locator(".view-line .inline-folded").count()).toBeGreaterThan(2);
    await code.screenshot("language-03-folded");
    await code.command("Unfold All");
  });

  it("follows a compiler's path into the sources", async () => {
    await code.choose(code.row("audio/wavpeek"), "Open Log at Cause");
    const link = line(/wavview\.c:\d+/)
      .locator(".detected-link")
      .first();
    // There is no environment of the target yet.
    const dialog = code.page.locator(".monaco-dialog-box");
    await code.follow(link, dialog);
    await dialog.getByRole("button", { name: "Create Environment..." }).click();
    await code.answer("mine");
    await code.tab("wavview.c").waitFor();
    await line("u_char").waitFor();
    await code.screenshot("language-04-source");
  });

  it("holds an environment's packing list against what the last build staged", async () => {
    const openPortFile = async (name: string): Promise<void> => {
      await code.command("Portwright: Open Port in Environment...");
      await code.pick("mine");
      await code.answer("textproc/mdfold");
      await code.pick(`DPorts/textproc/mdfold/${name}`);
      await code.tab(name).waitFor();
    };
    await openPortFile("pkg-plist");
    await problem(/did not stage share\/mdfold\/rules\.conf/).waitFor();
    await code.screenshot("language-04b-environment");
    await openPortFile("Makefile");
    await code.page.locator(".codelens-decoration", { hasText: "Run Patch Attempt" }).waitFor();
    await code.page.getByRole("button", { name: "Ports Makefile" }).waitFor();
    await code.command("View: Close All Editors");
  });

  it("is told what is wrong in a makefile, and has it mended", async () => {
    const folder = join(host.folder, "ports/games/tilerun");
    const file = join(folder, "Makefile");
    await mkdir(folder, { recursive: true });
    await writeFile(file, makefile);
    await code.page.keyboard.press("ControlOrMeta+p");
    await code.page.locator(".quick-input-widget .quick-input-box input").fill(file);
    await code.pick("Makefile");
    await code.tab("Makefile").waitFor();
    await problem(/begins with a tab/).waitFor();
    await problem(/no-such-thing/).waitFor();
    await code.page.locator(".codelens-decoration", { hasText: "Open Log at Cause" }).waitFor();
    await code.screenshot("language-05-makefile");
    await line("PORTNAME=").click();
    for (const key of ["End", "ArrowLeft"]) await code.page.keyboard.press(key);
    await code.command("Show or Focus Hover");
    await code.page
      .locator(".monaco-hover", { hasText: /games\/tilerun.*@2026Q3/s })
      .first()
      .waitFor();
    await code.screenshot("language-06-hover");
    const fixes = code.page.locator(".action-widget .monaco-list-row");
    await code.until(problem(/begins with a tab/), "hidden", async () => {
      await line("echo installed").click({ timeout: 5000 });
      await code.command("Quick Fix...");
      await fixes.filter({ hasText: "Replace the blanks by a tab" }).click({ timeout: 10_000 });
    });
    await code.page.keyboard.press("ControlOrMeta+s");
    await expect.poll(() => readFile(file, "utf8")).toContain("\n\techo installed");
  });

  it("looks on when the server has died, and repairs the port from its makefile", async () => {
    await host.killServer();
    await line("USES=").click();
    await code.page.keyboard.press("End");
    await code.page.keyboard.type(" another-thing");
    await problem(/another-thing/).waitFor();
    await host.ask("case/triage", { case: "games/tilerun" });
    await code.row(/games\/tilerun.*diagnosed/).waitFor();
    await code.page.locator(".codelens-decoration a", { hasText: "Run Patch Attempt" }).click();
    await code.row(/games\/tilerun.*being repaired/).waitFor();
    await code.screenshot("language-07-repair");
  });

  it("is not bothered any more by a log whose port builds again", async () => {
    // The tree is drawn anew while the other port is being proved, which closes a row's menu.
    await code.command("Portwright: Open Log at Cause");
    await code.pick("audio/wavpeek");
    await line("u_char").waitFor();
    await problem(/unknown type name 'u_char'/).waitFor();
    const patches = join(host.folder, "trees/DPorts/audio/wavpeek/dragonfly");
    const patch = ["--- wavview.c.orig", "+++ wavview.c", "@@ -1,3 +1,4 @@", "+#include <sys/types.h>"];
    await mkdir(patches);
    const context = [" #include <stdio.h>", " #include <string.h>", " ", ""];
    await writeFile(join(patches, "patch-wavview.c"), [...patch, ...context].join("\n"));
    await host.build("audio/wavpeek");
    await code.row("audio/wavpeek").waitFor({ state: "detached" });
    await problem(/unknown type name 'u_char'/).waitFor({ state: "detached" });
  });
});
