import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Packages whose install scripts we need; every other script stays unrun. */
const withScripts = ["node", "esbuild"];

/**
 * Runs `npm ci` when node_modules is not what the lock file says. The stamp is written last, so that an
 * interrupted install is begun anew.
 */
export function installPackages(root) {
  const [major] = process.versions.node.split(".").map(Number);
  if (major < 18) throw new Error(`Node ${process.versions.node} is too old: install Node 18 or newer`);
  const stamp = join(root, "node_modules", ".portwright-lock");
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  console.error("setup: installing npm packages (once, about half a minute)");
  npm(root, ["ci", "--ignore-scripts", "--no-fund", "--no-audit"]);
  npm(root, ["rebuild", ...withScripts]);
  const node = join(root, "node_modules", ".bin", "node");
  const probe = ["--input-type=module", "-e", 'import D from "better-sqlite3"; new D(":memory:").close()'];
  // No prebuilt addon for this platform (the BSDs): build it from source.
  if (spawnSync(node, probe, { cwd: root }).status !== 0) npm(root, ["rebuild", "better-sqlite3"]);
  const again = spawnSync(node, probe, { cwd: root, encoding: "utf8" });
  if (again.status !== 0) throw new Error(`better-sqlite3 does not load on the pinned Node: ${again.stderr}`);
  writeFileSync(stamp, lock);
}

function npm(root, args) {
  const script = process.env.npm_execpath;
  const [program, first] = script ? ["node", [script]] : ["npm", []];
  // Of the packages that are replaced now nothing may run, the pinned Node least of all.
  const folders = (process.env.PATH ?? "").split(delimiter);
  const PATH = folders.filter((folder) => !folder.startsWith(join(root, "node_modules"))).join(delimiter);
  // npm hands its own settings on: one that was told to be silent would fail here without a word.
  const env = { ...process.env, PATH, npm_config_loglevel: "notice" };
  const result = spawnSync(program, [...first, ...args], { cwd: root, encoding: "utf8", env });
  if (result.status === 0) return;
  // npm says what is wrong first and explains its options after.
  const said = `${result.stderr}${result.stdout}`
    .split("\n")
    .filter((line) => !/^npm (warn|notice)/.test(line));
  const detail = result.error?.message ?? said.slice(0, 15).join("\n").trim();
  throw new Error(`npm ${args.join(" ")} failed; is the npm registry reachable?\n${detail}`);
}
