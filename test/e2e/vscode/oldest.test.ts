import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { command } from "../../unit/extension/connection/server.ts";
import { type BuilderHost, makeBuilderHost } from "./builder.ts";
import { inEditor, installWorkbench, isWorkbenchWanted } from "./wanted.ts";
import { Workbench } from "./workbench.ts";

const minutes = 60_000;

describe.skipIf(!isWorkbenchWanted())("the oldest supported VS Code", inEditor, () => {
  let host: BuilderHost;
  let code: Workbench;

  beforeAll(async () => {
    const installed = await installWorkbench("oldest");
    host = await makeBuilderHost();
    await host.build("ftp/fetchly");
    const builder = { name: "local", command, state: host.stateDir };
    code = await Workbench.open(installed, { "portwright.builders": [builder] });
  }, 15 * minutes);
  afterAll(async () => {
    await code?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
  }, minutes);

  beforeEach(({ onTestFailed }) => onTestFailed(({ task }) => code.screenshot(`failed: ${task.name}`)));

  it("installs the extension, shows a case until its fix is proved, its diff and its session", async () => {
    await code.showPortwright();
    await code.row(/ftp\/fetchly.*proved fix/).waitFor();
    await code.choose(code.row("ftp/fetchly"), "Open Diff");
    await code.tab(/ftp\/fetchly: Makefile.DragonFly \(proved\)/).waitFor();
    const diff = code.page.locator(".monaco-diff-editor");
    await diff.locator(".editor.modified .view-line", { hasText: "OPTIONS_DEFAULT+=" }).waitFor();
    await code.choose(code.row("ftp/fetchly"), "Show Session");
    const heading = code.webview.getByRole("heading", { name: "ftp/fetchly" });
    expect(await heading.textContent()).toBe("ftp/fetchly");
    await code.screenshot("oldest-01-session");
  });
});
