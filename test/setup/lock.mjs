// Makes package-lock.json anew and complete. A registry mirror may lack the platform packages of other
// systems; npm then leaves them out of the lock and `npm ci` refuses it. Such packages are optional and exactly
// pinned by their parent, so an entry with that version and the platform from their name is added.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const file = join(root, "package-lock.json");
const systems = [
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
];
const processors = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"];

const made = spawnSync("npm", ["install", "--package-lock-only", "--ignore-scripts"], {
  cwd: root,
  encoding: "utf8",
});
if (made.status !== 0) throw new Error(`npm install --package-lock-only failed:\n${made.stderr}`);
const lock = JSON.parse(readFileSync(file, "utf8"));
let added = 0;
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    const system = systems.find((word) => name.includes(word));
    if (lock.packages[path] !== undefined || system === undefined || !/^\d/.test(version)) continue;
    const processor = processors.find((word) => name.includes(word));
    lock.packages[path] = {
      version,
      ...(processor && { cpu: [processor] }),
      dev: true,
      optional: true,
      os: [system],
    };
    added += 1;
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(sorted);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${sorted.length} packages, ${added} of other platforms added`);
