import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { command } from "../../unit/extension/connection/server.ts";
import { type BuilderHost, makeBuilderHost } from "./builder.ts";
import { inEditor, installWorkbench, isWorkbenchWanted } from "./wanted.ts";
import { Workbench } from "./workbench.ts";

const minutes = 60_000;
const modelExtension = fileURLToPath(new URL("../../fixtures/model-extension/", import.meta.url));
const origin = "games/tilerun";

describe.skipIf(!isWorkbenchWanted())("a porter with models of the editor", inEditor, () => {
  let host: BuilderHost;
  let code: Workbench;

  beforeAll(async () => {
    const installed = await installWorkbench();
    host = await makeBuilderHost({
      models: { patch: { provider: "editor", vendor: "sample", model: "mender" } },
    });
    await host.build(origin);
    const builder = { name: "local", command, state: host.stateDir };
    code = await Workbench.open(
      installed,
      { "portwright.builders": [builder] },
      { beside: modelExtension, proposedApi: true },
    );
  }, 15 * minutes);
  afterAll(async () => {
    await code?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
  }, minutes);

  beforeEach(({ onTestFailed }) => onTestFailed(({ task }) => code.screenshot(`failed: ${task.name}`)));

  const dialog = () => code.page.locator(".monaco-dialog-box");
  const lend = async (): Promise<void> => {
    await code.command("Portwright: Lend the Editor's Models");
    const widget = code.page.locator(".quick-input-widget", { hasText: "Lend Models to local" });
    await widget.locator(".monaco-list-row", { hasText: "Mender" }).click();
    await widget.getByRole("button", { name: "OK" }).click();
  };

  it("lends nothing without his leave, which the editor asks for", async () => {
    await code.showPortwright();
    await code.row(origin).waitFor();
    await lend();
    await dialog().getByText("wants to access the language models provided by Port Mender").waitFor();
    await code.screenshot("lend-01-leave");
    await dialog().getByRole("button", { name: "Cancel" }).click();
    await code.page.locator(".notification-toast", { hasText: "nothing more is lent to local" }).waitFor();
    const { models } = await host.ask("models/list", {});
    expect(models.map(({ name, editor }) => [name, editor?.client])).toEqual([["patch", null]]);
    const { attempts } = await host.ask("case/get", { case: origin });
    expect(attempts).toEqual([]);
  });

  it("lends a model with his leave, and it repairs what waited for it, to its proof", async () => {
    await lend();
    await dialog().getByRole("button", { name: "Allow" }).click();
    await code.row(/games\/tilerun.*proved fix/).waitFor();
    const { models } = await host.ask("models/list", {});
    expect(models.map(({ name, editor }) => [name, editor?.client?.split(" ")[0]])).toEqual([
      ["patch", "portwright-vscode"],
      ["editor:sample/mender-1", "portwright-vscode"],
    ]);
    const { turns, attempt } = await host.ask("session/get", { case: origin });
    expect(attempt).toMatchObject({ provider: "editor", model: "sample/mender", usage: { estimated: true } });
    expect(turns.map(({ text, calls }) => [text, calls.map(({ name, ok }) => [name, ok])])).toEqual([
      ["Mending, step 1.", [["put_file", true]]],
      ["Mending, step 2.", [["build", true]]],
      ["Mending, step 3.", [["finish", true]]],
    ]);
    await code.screenshot("lend-02-proved");
  });

  it("can choose it for an attempt", async () => {
    await code.commandOn("Portwright: Run Patch Attempt With", origin);
    await code.pick("As the policy says");
    const row = code.choice("editor:sample/mender-1");
    await row.getByText("lent by an editor").waitFor();
    await code.screenshot("lend-03-choice");
    await code.page.keyboard.press("Escape");
  });
});
