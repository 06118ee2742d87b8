import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../extension/build.ts";
import { pack } from "../../extension/pack.ts";
import { installWorkbench } from "../e2e/vscode/wanted.ts";
import { Workbench } from "../e2e/vscode/workbench.ts";

const windows = 9;
const files = ["extension.cjs", "portsClient.cjs", "ssh2.cjs", "session.js", "session.css"];
const probe = fileURLToPath(new URL("probe/", import.meta.url));

/** What the extension weighs, and what its activation takes in a real editor. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "portwright-bench-"));
  try {
    await bundle(folder);
    for (const file of files) console.log(`${file}: ${kib((await stat(join(folder, file))).size)}`);
    console.log(`vsix: ${kib(await pack(join(folder, "portwright.vsix"), folder))}\n`);
  } finally {
    await rm(folder, { recursive: true });
  }
  const times: { cpu: number; wall: number }[] = [];
  await using code = await Workbench.open(await installWorkbench(), {}, { beside: probe });
  for (let window = 0; window < windows; window += 1) {
    await code.page.reload();
    const told = code.page.locator('[id="bench.probe.probe"]');
    const text = (await told.textContent()) ?? "";
    const [cpu = Number.NaN, wall = Number.NaN] = [...text.matchAll(/([\d.]+) ms/g)].map(([, ms]) =>
      Number(ms),
    );
    times.push({ cpu, wall });
  }
  console.log(`activation in ${windows} new windows, without a builder, while the window loads`);
  for (const name of ["cpu", "wall"] as const) {
    const sorted = times.map((time) => time[name]).sort((a, b) => a - b);
    console.log(
      `${name}, ms: median ${sorted[Math.floor(windows / 2)]?.toFixed(1)}, most ${sorted.at(-1)?.toFixed(1)}`,
    );
  }
}

const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;
