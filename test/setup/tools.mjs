import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** What the sample tree and the tests run, the Debian package that brings it, and where it is needed. */
const tools = [
  { program: "bmake", package: "bmake", platforms: ["linux"] },
  { program: "make", package: "make" },
  { program: "cc", package: "gcc" },
  { program: "git", package: "git" },
  { program: "patch", package: "patch" },
  { program: "python3", package: "python3" },
  { program: "bwrap", package: "bubblewrap", platforms: ["linux"] },
  { program: "/usr/sbin/sshd", package: "openssh-server", platforms: ["linux"] },
];
/** A C compiler without the C library's headers compiles nothing. */
const files = [{ file: "/usr/include/stdio.h", package: "libc6-dev", platforms: ["linux"] }];

/** Installs missing tools with apt-get when that is possible, else throws naming the one command to run. */
export function installTools() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  const debian = existsSync("/etc/debian_version") && find("apt-get");
  if (!debian)
    throw new Error(`missing: ${missing.join(", ")}; install them with this system's package manager`);
  if (process.getuid?.() !== 0) throw new Error(`missing: ${missing.join(", ")}; run: sudo ${command}`);
  console.error(`setup: installing ${missing.join(", ")} (${command})`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const first = spawnSync("sh", ["-c", command], { env, encoding: "utf8" });
  if (first.status !== 0) {
    const again = spawnSync("sh", ["-c", `apt-get update && ${command}`], { env, encoding: "utf8" });
    if (again.status !== 0) throw new Error(`${command} failed:\n${again.stderr.trim()}`);
  }
  const still = missingPackages();
  if (still.length > 0) throw new Error(`still missing after ${command}: ${still.join(", ")}`);
}

function missingPackages() {
  const here = ({ platforms }) => platforms === undefined || platforms.includes(process.platform);
  return [
    ...tools.filter((tool) => here(tool) && !find(tool.program)),
    ...files.filter((entry) => here(entry) && !existsSync(entry.file)),
  ].map((entry) => entry.package);
}

function find(program) {
  if (program.startsWith("/")) return existsSync(program);
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false; // not in this folder; the next one may have it
    }
  });
}
