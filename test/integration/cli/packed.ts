import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const repository = fileURLToPath(new URL("../../..", import.meta.url));

/** The npm that belongs to the node which runs this test may be absent; its scripts run on the pinned node. */
export const npmPath = `${dirname(process.execPath)}:${process.env.PATH}`;

/** What npm needs on this machine besides the user's own configuration, for a session that inherits nothing. */
export const npmNetwork = [
  "NODE_EXTRA_CA_CERTS",
  "HTTPS_PROXY",
  "https_proxy",
  "NO_PROXY",
  "no_proxy",
].flatMap((name) => (process.env[name] ? [`${name}=${process.env[name]}`] : []));

/** The server as `npm install` takes it; the file's path. */
export async function packServer(folder: string): Promise<string> {
  // What is packed is built in one place, and by one at a time.
  const lock = join(repository, "server/package.json");
  await promisify(execFile)("flock", [lock, "npm", "pack", "-w", "server", "--pack-destination", folder], {
    cwd: repository,
    env: { ...process.env, PATH: npmPath },
  });
  const [name = ""] = (await readdir(folder)).filter((file) => file.endsWith(".tgz"));
  return join(folder, name);
}
