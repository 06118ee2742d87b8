import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { command } from "../../unit/extension/connection/server.ts";
import { type BuilderHost, makeBuilderHost } from "./builder.ts";
import { inEditor, installWorkbench, isWorkbenchWanted } from "./wanted.ts";
import { Workbench } from "./workbench.ts";

const minutes = 60_000;
const sampleExtension = fileURLToPath(new URL("../../fixtures/sample-extension/", import.meta.url));

describe.skipIf(!isWorkbenchWanted())("a porter in VS Code", inEditor, () => {
  let host: BuilderHost;
  let code: Workbench;
  let settings: Record<string, unknown>;

  beforeAll(async () => {
    const installed = await installWorkbench();
    host = await makeBuilderHost();
    // One that a rule repairs, one that only a person can.
    await host.build("ftp/fetchly", "mail/spoolview");
    settings = { "portwright.builders": [{ name: "local", command, state: host.stateDir }] };
    code = await Workbench.open(installed, settings, { beside: sampleExtension });
  }, 15 * minutes);
  afterAll(async () => {
    await code?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
  }, minutes);

  beforeEach(({ onTestFailed }) => onTestFailed(({ task }) => code.screenshot(`failed: ${task.name}`)));

  it("connects, starting the server, and shows the cases as they come and change", async () => {
    await code.showPortwright();
    await code.row("ftp/fetchly").waitFor();
    await code.screenshot("01-tree");
    await code.row(/ftp\/fetchly.*proved fix/).waitFor();
    await code.row(/mail\/spoolview.*needs you/).waitFor();
    await code.row(/@2026Q3.*2 failing, 2 for you/).waitFor();
    const status = code.page.locator('[id="portwright.portwright.portwright.status"]');
    expect(await status.textContent()).toContain("2 for you");
  });

  it("keeps a case open while it is redrawn, with what is known of it below", async () => {
    await code.row("ftp/fetchly").click();
    await code.rest();
    await code.row(/^Diff.*proved/).waitFor();
    await code.row(/Attempt 1.*fixed/).waitFor();
    await code.row(/^Proof/).waitFor();
    await code.row(/^Build log/).waitFor();
    await code.screenshot("02-case");
  });

  it("opens the log at its cause", async () => {
    await code.press(code.row("ftp/fetchly"), "Open Log at Cause", code.tab("fetchly.log"));
    await code.rest();
    const line = code.page.locator(".editor-instance .view-line", { hasText: "GSSAPI" }).first();
    await line.waitFor();
    await code.screenshot("03-log");
    const position = code.page.locator('[id="status.editor.selection"]', { hasText: /\(\d+ selected\)/ });
    await position.waitFor();
    expect(await position.textContent()).toMatch(/^Ln (?!1,)\d+, Col \d+ /);
  });

  it("opens the proved diff beside its original", async () => {
    await code.choose(code.row("ftp/fetchly"), "Open Diff");
    await code.tab(/ftp\/fetchly: Makefile.DragonFly \(proved\)/).waitFor();
    const diff = code.page.locator(".monaco-diff-editor");
    await diff.locator(".editor.modified .view-line", { hasText: "OPTIONS_DEFAULT+=" }).waitFor();
    await diff.locator(".editor.original .view-line", { hasText: "OPTIONS_EXCLUDE=" }).waitFor();
    await code.screenshot("04-diff");
  });

  it("shows the session with its turns and its proof", async () => {
    await code.choose(code.row("ftp/fetchly"), "Show Session");
    const { webview } = code;
    await webview.getByRole("heading", { name: "ftp/fetchly" }).waitFor();
    const card = webview.locator("details.call").first();
    await card.locator("summary").click();
    await card.getByRole("heading", { name: "Result" }).waitFor();
    await code.screenshot("05-session");
    await webview.locator("section.proof").scrollIntoViewIfNeeded();
    expect(await webview.locator("section.proof h2").textContent()).toContain("proved");
    await code.screenshot("06-proof");
  });

  it("shows the hand-over of what no rule can repair", async () => {
    await code.choose(code.row("mail/spoolview"), "Show Hand-over");
    await code.tab("spoolview.txt").waitFor();
    await code.page
      .locator(".view-line", { hasText: /mail\/spoolview.*needs.a.person/ })
      .first()
      .waitFor();
    await code.screenshot("07-hand-over");
  });

  it("offers what another extension adds to a case", async () => {
    const tickets = code.page.locator('[id="sample.port-tickets.tickets"]');
    await tickets.getByText("2 tickets due").waitFor();
    const choose = async (label: string): Promise<void> => {
      await code.choose(code.row("mail/spoolview"), "More Actions...");
      await code.pick(label);
    };
    await choose("Open a Ticket");
    const toast = (text: string) => code.page.locator(".notification-toast", { hasText: text });
    await toast("Ticket: mail/spoolview on @2026Q3").waitFor();
    await choose("Page the Maintainer");
    await toast("the pager is broken").waitFor();
    await code.screenshot("07b-beside");
  });

  it("rejects with a reason, runs another attempt from the palette to its proof, and accepts", async () => {
    await code.choose(code.row("ftp/fetchly"), "Reject...");
    await code.answer("prefer another default");
    await code.row(/ftp\/fetchly.*rejected/).waitFor();
    await code.commandOn("Portwright: Run Patch Attempt", "ftp/fetchly");
    const toast = code.page.locator(".notification-toast", { hasText: "Repairing ftp/fetchly" });
    await toast.waitFor();
    await code.screenshot("08-repairing");
    const done = code.page.locator(".notification-toast", { hasText: "a proved fix waits" });
    await done.waitFor();
    await code.screenshot("09-repaired");
    await done.getByRole("button", { name: "Show Session" }).click();
    const attempts = code.webview.getByRole("combobox", { name: "Attempt" });
    await attempts.waitFor();
    expect(await attempts.inputValue()).toBe("2");
    await code.choose(code.row("ftp/fetchly"), "Accept");
    await code.row(/ftp\/fetchly.*accepted/).waitFor();
    await code.row(/@2026Q3.*1 for you/).waitFor();
    await code.page.getByText("1 tickets due").waitFor();
  });

  it("survives the server's death: connects again and follows what comes then", async () => {
    const before = await readFile(join(host.stateDir, "lock.pid"), "utf8");
    await host.killServer();
    await host.build("www/tinyhttp");
    await code.portRows("www/tinyhttp").first().waitFor();
    expect(await readFile(join(host.stateDir, "lock.pid"), "utf8")).not.toBe(before);
    expect(await code.portRows("ftp/fetchly").count()).toBe(1);
    expect(await code.portRows("www/tinyhttp").count()).toBe(1);
    await code.screenshot("10-reconnected");
  });

  it("says what is wrong when its command is missing, and goes on when it is mended", async () => {
    const broken = { name: "local", command: ["/nowhere/portwright"], state: host.stateDir };
    const lost = code.webview.getByRole("alert");
    await code.webview.getByRole("heading", { name: "ftp/fetchly" }).waitFor();
    expect(await lost.count()).toBe(0);
    await code.configure({ "portwright.builders": [broken] });
    const welcome = code.page.locator(".part.sidebar .welcome-view-content");
    await welcome.getByText("The Portwright command was not found").waitFor();
    await welcome.getByRole("button", { name: "Open Settings" }).waitFor();
    await code.page.getByText("there is no command /nowhere/portwright").first().waitFor();
    await lost.waitFor();
    await code.screenshot("11-command-not-found");
    await code.configure(settings);
    await code.row("ftp/fetchly").waitFor();
    // A session that was open goes on too.
    await lost.waitFor({ state: "detached" });
  });
});
