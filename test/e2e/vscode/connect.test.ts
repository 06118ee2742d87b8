import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createSshd, type Sshd } from "../../integration/remote/sshd.ts";
import { command } from "../../unit/extension/connection/server.ts";
import { type BuilderHost, makeBuilderHost } from "./builder.ts";
import { inEditor, installWorkbench, isWorkbenchWanted } from "./wanted.ts";
import { Workbench } from "./workbench.ts";

const minutes = 60_000;
const execute = promisify(execFile);

describe.skipIf(!isWorkbenchWanted())("a builder on another host", inEditor, () => {
  let host: BuilderHost;
  let sshd: Sshd;
  let code: Workbench;
  let settings: Record<string, unknown>;
  const keys = () => join(host.folder, "sshd");

  beforeAll(async () => {
    const installed = await installWorkbench();
    host = await makeBuilderHost();
    await host.build("ftp/fetchly");
    sshd = await createSshd(keys());
    const { port } = sshd.ssh;
    const way = { name: "far", type: "ssh", host: "127.0.0.1", port, identity: join(keys(), "user") };
    settings = { "portwright.builders": [{ ...way, command, state: host.stateDir }] };
    code = await Workbench.open(installed, {}, { home: join(host.folder, "home"), trusted: false });
  }, 15 * minutes);
  afterAll(async () => {
    await code?.[Symbol.asyncDispose]();
    await sshd?.stop();
    await host?.[Symbol.asyncDispose]();
  }, minutes);

  beforeEach(({ onTestFailed }) => onTestFailed(({ task }) => code.screenshot(`failed: ${task.name}`)));

  const dialog = () => code.page.locator(".monaco-dialog-box");

  it("is asked for where there is none, with what could be one", async () => {
    await code.showPortwright();
    const welcome = code.page.locator(".part.sidebar .welcome-view-content");
    await welcome.getByRole("button", { name: "Connect to Builder..." }).click();
    const picks = code.page.locator(".quick-input-widget .monaco-list-row");
    await picks.filter({ hasText: "This machine" }).waitFor();
    await picks.filter({ hasText: "Other host..." }).waitFor();
    await code.screenshot("connect-01-pick");
    await code.page.keyboard.press("Escape");
  });

  it("shows the key of an unknown host before it connects, in a window that is not trusted too", async () => {
    const { stdout } = await execute("ssh-keygen", ["-lf", join(keys(), "host.pub")]);
    await code.configure(settings);
    await dialog()
      .getByText(stdout.split(" ")[1] ?? "no fingerprint")
      .waitFor();
    await code.screenshot("connect-02-host-key");
    await dialog().getByRole("button", { name: "Trust and Connect" }).click();
    await code.row(/ftp\/fetchly.*proved fix/).waitFor();
    await code.screenshot("connect-03-connected");
  });

  it("goes on where it was after the connection broke, with nothing lost and nothing twice", async () => {
    await sshd.stop();
    await host.build("www/tinyhttp");
    await sshd.start();
    await code.portRows("www/tinyhttp").first().waitFor();
    expect(await code.portRows("ftp/fetchly").count()).toBe(1);
    expect(await code.portRows("www/tinyhttp").count()).toBe(1);
  });

  it("refuses a host whose key has changed, and says so", async () => {
    await sshd.stop();
    await rm(join(keys(), "host"));
    await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(keys(), "host")]);
    await sshd.start();
    const toast = code.page.locator(".notification-toast", { hasText: /no connection to far.*known_hosts/ });
    await toast.waitFor();
    await code.screenshot("connect-04-host-key-changed");
    expect(await dialog().count()).toBe(0);
  });
});
