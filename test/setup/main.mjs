// Makes a fresh clone ready, then runs the command after `--` on the pinned Node.
// Plain JavaScript for Node >= 18: it runs before anything is installed.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installPackages } from "./packages.mjs";
import { installTools } from "./tools.mjs";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const usage = `usage: node test/setup/main.mjs [--quiet] [--no-system] [-- COMMAND [ARG ...]]
  --quiet      say nothing when all is there
  --no-system  check npm packages only, not bmake, cc, bwrap and the like`;

async function main(argv) {
  const split = argv.indexOf("--");
  const options = split < 0 ? argv : argv.slice(0, split);
  const command = split < 0 ? [] : argv.slice(split + 1);
  const unknown = options.find((option) => !["--quiet", "--no-system"].includes(option));
  if (unknown !== undefined) {
    console.error(unknown === "--help" ? usage : `setup: unknown option ${unknown}\n${usage}`);
    return unknown === "--help" ? 0 : 2;
  }
  installPackages(root);
  if (!options.includes("--no-system")) installTools();
  if (command.length > 0) return run(command);
  if (!options.includes("--quiet")) console.log("setup: all there; try `npm run demo`");
  return 0;
}

/** The pinned `node` comes first on PATH, so `node` in a script means the same on every machine. */
function run([program, ...args]) {
  const path = [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, PATH: path } });
  // Ctrl-C and a closed terminal reach the whole foreground group; waiting for the child lets it close in order.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => signal === "SIGTERM" && child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`setup: ${error.message}`);
  process.exitCode = 1;
}
