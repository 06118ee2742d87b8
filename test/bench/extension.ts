import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../../extension/build.ts";
import { pack } from "../../extension/pack.ts";
import { installWorkbench } from "../e2e/vscode/wanted.ts";
import { Workbench } from "../e2e/vscode/workbench.ts";

const windows = 9;
const files = ["extension.cjs", "portsClient.cjs", "ssh2.cjs", "session.js", "session.css"];

/** What the extension weighs, and what its activation takes in a real editor, as the editor itself measures it. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "portwright-bench-"));
  try {
    await bundle(folder);
    for (const file of files) console.log(`${file}: ${kib((await stat(join(folder, file))).size)}`);
    console.log(`vsix: ${kib(await pack(join(folder, "portwright.vsix"), folder))}\n`);
  } finally {
    await rm(folder, { recursive: true });
  }
  const times: number[] = [];
  await using code = await Workbench.open(await installWorkbench(), {});
  for (let window = 0; window < windows; window += 1) {
    await code.page.reload();
    await code.showPortwright();
    await code.command("Developer: Show Running Extensions");
    const row = code.page.locator(".runtime-extensions-editor .extension", { hasText: "Portwright" });
    const text = await row.locator(".activation-time").textContent();
    times.push(Number(/(\d+)ms/.exec(text ?? "")?.[1]));
  }
  times.sort((a, b) => a - b);
  console.log(
    `activation, ms of ${windows} windows: median ${times[Math.floor(windows / 2)]}, most ${times.at(-1)}`,
  );
}

const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;
