import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Forge, startForge } from "../../fixtures/forge/server.ts";
import { type ScriptedTurn, turn } from "../../fixtures/model-server/chunks.ts";
import { startModelServer } from "../../fixtures/model-server/server.ts";
import { command } from "../../unit/extension/connection/server.ts";
import { type BuilderHost, makeBuilderHost } from "./builder.ts";
import { inEditor, installWorkbench, isWorkbenchWanted } from "./wanted.ts";
import { Workbench } from "./workbench.ts";

const minutes = 60_000;
const origin = "games/tilerun";
const token = "canary-token-5f1d";
const overlay = `/work/DeltaPorts/ports/${origin}`;

/** A fix with a change that the port does not need, which a person will drop. */
const repair: ScriptedTurn[] = [
  {
    text: "It is written for GNU make.",
    calls: [
      ...[
        { path: `${overlay}/Makefile.DragonFly`, content: "USES+=\tgmake\n", sha256: null },
        { path: `${overlay}/STATUS`, content: "PORT\nLast attempt: 1.0\nLast success: 1.0\n", sha256: null },
      ].map((file) => ({ name: "put_file", arguments: file })),
      { name: "build", arguments: {} },
    ],
  },
  { calls: [{ name: "finish", arguments: { status: "fixed", summary: "USES=gmake cures it." } }] },
];

describe.skipIf(!isWorkbenchWanted())("a porter who reviews a fix", inEditor, () => {
  let model: Awaited<ReturnType<typeof startModelServer>>;
  let host: BuilderHost;
  let code: Workbench;

  let forge: Forge;
  let forgeRoot: string;

  beforeAll(async () => {
    const installed = await installWorkbench();
    forgeRoot = await mkdtemp(join(tmpdir(), "portwright-forge-"));
    forge = await startForge(forgeRoot, { token });
    model = await startModelServer((request, index) => turn(repair[index] ?? {}, request));
    host = await makeBuilderHost({
      model: model.url,
      settings: { delivery: { author: "Ann <ann@example.org>", forge: forge.config } },
    });
    await host.build(origin);
    const builder = { name: "local", command, state: host.stateDir };
    code = await Workbench.open(installed, { "portwright.builders": [builder] });
  }, 15 * minutes);
  afterAll(async () => {
    await code?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
    await model?.close();
    await forge?.[Symbol.asyncDispose]();
    if (forgeRoot) await rm(forgeRoot, { recursive: true, force: true });
  }, minutes);

  beforeEach(({ onTestFailed }) => onTestFailed(({ task }) => code.screenshot(`failed: ${task.name}`)));

  const toast = (text: string) => code.page.locator(".notification-toast", { hasText: text });
  const editors = () => code.page.locator(".monaco-diff-editor");

  it("opens all files of the fix in one editor", async () => {
    await code.showPortwright();
    await code.row(/games\/tilerun.*proved fix/).waitFor();
    await code.choose(code.row(origin), "Open Diff");
    await code.tab(/games\/tilerun: fix, proved/).waitFor();
    await editors().locator(".editor.modified .view-line", { hasText: "USES+=" }).waitFor();
    await editors().locator(".editor.modified .view-line", { hasText: "Last attempt" }).waitFor();
    await code.screenshot("review-01-changes");
  });

  it("keeps a comment on a line for the next attempt", async () => {
    await editors().locator(".editor.modified .view-line", { hasText: "USES+=" }).hover();
    await editors().locator(".editor.modified .comment-range-glyph").first().click();
    const widget = code.page.locator(".review-widget");
    await widget.locator(".monaco-editor").first().click();
    await code.page.keyboard.type("say why GNU make is needed");
    await code.screenshot("review-02-comment");
    await widget.getByRole("button", { name: "Tell the Next Attempt" }).click();
    await widget.getByText("for the next attempt").waitFor();
    const { notes } = await host.ask("case/notes", { case: origin });
    expect(notes[0]).toMatchObject({
      ...{ kind: "comment", steers: true, text: "say why GNU make is needed" },
      anchor: { path: `ports/${origin}/Makefile.DragonFly`, line: 1 },
    });
  });

  it("drops a change, and has what is kept proved anew", async () => {
    await editors().locator(".editor.modified .view-line", { hasText: "Last attempt" }).click();
    await code.command("Portwright: Drop or Keep the Change at the Cursor");
    await code.rest();
    await code.screenshot("review-03-dropped");
    await code.command("Portwright: Prove What Is Kept");
    await toast("a proved fix waits").waitFor();
    await code.screenshot("review-04-proved");
    const { proofs, case: subject } = await host.ask("case/get", { case: origin });
    expect(proofs.map(({ verdict }) => verdict)).toEqual(["proved", "proved"]);
    expect(subject.state).toBe("waiting");
    const { diff } = await host.ask("case/diff", { case: origin });
    expect(diff).toContain("USES+=");
    expect(diff).not.toContain("STATUS");
    await toast("a proved fix waits").getByRole("button", { name: "Open Diff" }).click();
    await code.tab(/games\/tilerun: fix, proved \(1 file\)/).waitFor();
  });

  it("accepts and delivers it as a branch, and takes it back", async () => {
    const branches = async (): Promise<string> =>
      (await promisify(execFile)("git", ["-C", host.deltaPorts, "branch", "--list", "agentic/*"])).stdout;
    await code.choose(code.row(origin), "Accept");
    await code.row(/games\/tilerun.*accepted/).waitFor();
    await code.choose(code.row(origin), "Deliver...");
    const dialog = code.page.locator(".monaco-dialog-box");
    await dialog.getByText("Deliver the fix of games/tilerun?").waitFor();
    await code.screenshot("review-05-deliver");
    await dialog.getByRole("button", { name: "Deliver", exact: true }).click();
    await toast("is delivered as branch").waitFor();
    await code.row(/games\/tilerun.*delivered/).waitFor();
    await code.screenshot("review-06-delivered");
    expect(await branches()).toContain("agentic/games");
    await toast("is delivered as branch").getByRole("button", { name: "Push..." }).click();
    await dialog.getByText("Push the fix of games/tilerun").waitFor();
    await code.screenshot("review-06-push");
    await dialog.getByRole("button", { name: "Push", exact: true }).click();
    const box = code.page.locator(".quick-input-widget", { hasText: "Token of 127.0.0.1" });
    await box.waitFor();
    await code.answer(token);
    await toast("is pull request 1").waitFor();
    expect(forge.pulls).toMatchObject([{ draft: true, title: expect.stringContaining("games/tilerun: ") }]);
    await code.choose(code.row(/games\/tilerun.*delivered/), "Undo Delivery");
    await code.row(/games\/tilerun.*accepted/).waitFor();
    expect(await branches()).toBe("");
  });

  it("checks its proof, and exports it into a folder that sha256sum accepts", async () => {
    await code.choose(code.row(origin), "Check Proof");
    await code.tab("tilerun.proof.txt").waitFor();
    await code.page
      .locator(".view-line", { hasText: /The.proof.of.games\/tilerun.is.sound/ })
      .first()
      .waitFor();
    const place = join(host.folder, "exports");
    await mkdir(join(place, "earlier"), { recursive: true });
    await code.choose(code.row(origin), "Export Proof...");
    await code.chooseFolder("Export the proof of games/tilerun", place, "Export Here");
    await toast("Exported to").waitFor();
    await code.screenshot("review-06-proof");
    const [name = ""] = (await readdir(place)).filter((entry) => entry.includes("proof"));
    const run = promisify(execFile);
    await run("sha256sum", ["--quiet", "-c", "SHA256SUMS"], { cwd: join(place, name) });
  });

  it("keeps context for the next attempt, with everything that was said", async () => {
    await code.choose(code.row(origin), "Add Context...");
    await code.answer("prefer USES over patches");
    await code.page.locator(".statusbar", { hasText: "Context, revision 1" }).waitFor();
    await code.choose(code.row(origin), "Show Notes");
    await code.tab("tilerun.notes.txt").waitFor();
    await code.page.locator(".view-line", { hasText: "prefer" }).first().waitFor();
    await code.screenshot("review-07-notes");
  });

  it("explains the policy, and looks at the builder's health", async () => {
    await code.choose(code.row(origin), "Policy: Explain");
    await code.tab("tilerun.policy.txt").waitFor();
    await code.page.locator(".view-line", { hasText: "build-system-error" }).first().waitFor();
    await code.screenshot("review-08-policy");
    await code.command("Portwright: Doctor");
    await code.tab("local.doctor.txt").waitFor();
    await code.page
      .locator(".view-line", { hasText: /local:.*(all.is.well|checks.need.you)/ })
      .first()
      .waitFor();
    await code.screenshot("review-09-doctor");
  });

  it("opens a huge log at its cause at once, in parts", async () => {
    const path = join(host.stateDir, "devel___huge.log");
    const noise = `${"cc -O2 -c a file of a very long build that says nothing of interest\n".repeat(1000)}`;
    const failure =
      "===>  Building for huge-1.0\nhuge.c:3:5: error: unknown type name 'u_huge'\n*** Error code 1\n";
    await writeFile(path, `===>  Building for huge-1.0\n${noise.repeat(500)}${failure}${noise}`);
    await host.ask("evidence/import", { path, target: "imported" });
    await code.row("devel/huge").waitFor();
    await code.choose(code.row("devel/huge"), "Open Log at Cause");
    await code.tab("huge.log").waitFor();
    await code.page.locator(".view-line", { hasText: "u_huge" }).first().waitFor();
    await code.screenshot("review-10-huge-log");
    await code.page.keyboard.press("Control+Home");
    await code.page.locator(".codelens-decoration", { hasText: "Earlier part" }).waitFor();
  });
});
