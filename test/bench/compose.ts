import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { deltaPortsComposer } from "../../server/src/environments/composer.ts";

/** A tree as large as the real one, composed whole, then again after a day's commits: seconds and disk. */
export async function run([given = "36000"]: string[]): Promise<void> {
  const count = Number(given);
  const dir = mkdtempSync(join(tmpdir(), "portwright-bench-"));
  const sources = {
    upstream: join(dir, "upstream"),
    overlay: join(dir, "overlay"),
    operatingSystem: "DragonFly",
    target: "@t",
  };
  try {
    fill(dir, count);
    console.log(
      `${count} ports, every twentieth with an overlay; seconds, and MiB that the composed tree adds`,
    );
    const first = join(dir, "first");
    mkdirSync(first);
    await measure("the first tree", first, () => deltaPortsComposer.composeTree(sources, first));
    const step = Math.max(1, Math.floor(count / 200));
    const changed = new Set(Array.from({ length: Math.floor(count / step) }, (_, n) => originOf(n * step)));
    for (const origin of changed) appendFileSync(join(dir, "upstream", origin, "Makefile"), "# newer\n");
    const second = join(dir, "second");
    mkdirSync(second);
    const earlier = { folder: first, isChanged: (origin: string) => changed.has(origin) };
    await measure(`the next, ${changed.size} ports changed`, second, () =>
      deltaPortsComposer.composeTree(sources, second, earlier),
    );
    console.log(`${"what both hold".padEnd(32)}${" ".repeat(8)}${mebibytes(first, second)}`);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function measure(name: string, output: string, act: () => Promise<void>): Promise<void> {
  const before = performance.now();
  await act();
  const seconds = ((performance.now() - before) / 1000).toFixed(1).padStart(8);
  console.log(`${name.padEnd(32)}${seconds}${mebibytes(output)}`);
}

/** Hard-linked files count once. */
function mebibytes(...folders: string[]): string {
  const said = execFileSync("du", ["-sck", ...folders]).toString();
  const total = /(\d+)\ttotal/.exec(said)?.[1];
  return Math.round(Number(total) / 1024)
    .toString()
    .padStart(8);
}

const originOf = (n: number) => `cat${n % 60}/port${n}`;

/** Five files a port, as the mean of the real tree is. */
function fill(dir: string, count: number): void {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  for (let n = 0; n < count; n++) {
    const port = `upstream/${originOf(n)}`;
    write(`${port}/Makefile`, `PORTNAME=\tport${n}\n${"# line\n".repeat(60)}`);
    write(`${port}/distinfo`, `SHA256 (port${n}.tar.gz) = ${"0".repeat(64)}\n`.repeat(2));
    write(`${port}/pkg-descr`, "text\n".repeat(12));
    if (n % 3) write(`${port}/pkg-plist`, "bin/x\n".repeat(n % 200));
    for (let patch = 0; patch < n % 4; patch++)
      write(`${port}/files/patch-${patch}`, "--- a\n+++ b\n".repeat(20));
    if (n % 20) continue;
    write(`overlay/ports/${originOf(n)}/Makefile.DragonFly`, "USES+=\tx\n");
    write(`overlay/ports/${originOf(n)}/dragonfly/patch-z`, "--- a\n+++ b\n");
  }
}
