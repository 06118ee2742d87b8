import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { npmNetwork, npmPath, packServer } from "../../integration/cli/packed.ts";
import { createSshd, type Sshd } from "../../integration/remote/sshd.ts";
import { killServer } from "../../unit/extension/connection/server.ts";
import { inEditor, installWorkbench, isWorkbenchWanted } from "./wanted.ts";
import { Workbench } from "./workbench.ts";

const minutes = 60_000;

describe.skipIf(!isWorkbenchWanted())("a builder with nothing on it", inEditor, () => {
  let folder: string;
  let sshd: Sshd;
  let code: Workbench;
  let packed: string;
  const place = (name: string) => join(folder, name);

  beforeAll(async () => {
    const installed = await installWorkbench();
    folder = await mkdtemp(join(tmpdir(), "portwright-equip-"));
    packed = await packServer(folder);
    await mkdir(place("there"));
    await mkdir(place("home/.ssh"), { recursive: true });
    // Somebody there who is not root, whoever runs this.
    await mkdir(place("bin"));
    await writeFile(place("bin/id"), "#!/bin/sh\necho 1000\n", { mode: 0o755 });
    // Where npm runs this, our own command is in its path.
    const path = [place("bin"), ...npmPath.split(":").filter((part) => !part.endsWith("/.bin"))].join(":");
    const variables = [`HOME=${place("there")}`, `PATH=${path}`, ...npmNetwork];
    sshd = await createSshd(place("sshd"), [`SetEnv ${variables.join(" ")}`]);
    await symlink(place("sshd/known_hosts"), place("home/.ssh/known_hosts"));
    const { port } = sshd.ssh;
    const way = { name: "far", type: "ssh", host: "127.0.0.1", port, identity: place("sshd/user") };
    const settings = { "portwright.builders": [{ ...way, state: place("state") }] };
    code = await Workbench.open(installed, settings, { home: place("home") });
    await code.showPortwright();
  }, 15 * minutes);
  afterAll(async () => {
    await code?.[Symbol.asyncDispose]();
    await killServer(place("state"));
    await sshd?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }, minutes);

  beforeEach(({ onTestFailed }) => onTestFailed(({ task }) => code.screenshot(`failed: ${task.name}`)));

  it("is equipped from the editor: the server, hooks when one agrees to what they would write, the doctor", async () => {
    const welcome = code.page.locator(".part.sidebar .welcome-view-content");
    await welcome.getByRole("button", { name: "Install Server on Builder..." }).click();
    await code.choosePath("The packed server", packed);
    await code.screenshot("install-01-installing");
    await code.tab("far.hooks.txt").waitFor();
    await code.page.locator(".view-line", { hasText: /would.write.*hook_pkg_failure/ }).waitFor();
    // They would go to the real place of this machine's own builder.
    await code.page.locator(".monaco-dialog-box").getByRole("button", { name: "Cancel" }).click();
    const toast = (text: string | RegExp) => code.page.locator(".notification-toast", { hasText: text });
    await toast("Portwright is installed on far").waitFor();
    await code.tab("far.doctor.txt").waitFor();
    await code.page.locator(".view-line", { hasText: /checks.need.you/ }).waitFor();
    await code.screenshot("install-02-doctor");
    // There is no other portwright than the one that was just installed.
    expect((await stat(place("there/.local/bin/portwright"))).mode & 0o111).not.toBe(0);
  });
});
