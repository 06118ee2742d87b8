import { createHash } from "node:crypto";
import { lstat, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PortwrightError } from "../protocol/index.ts";
import { makeFolder } from "../store/folders.ts";

/** Bytes of a Unix socket's path that every BSD takes (104 with the closing NUL). */
const maxSocketPathBytes = 103;
/** Names, in the state folder, the socket that lies elsewhere; absent when it is `portwright.sock` beside it. */
const recordName = "socket";

const uid = (): number => process.getuid?.() ?? 0;

/** Makes `dir` 0700 when absent; refuses one that another user could change. */
async function ownFolder(dir: string): Promise<{ isPrivate: boolean }> {
  makeFolder(dir, 0o700);
  const stat = await lstat(dir);
  if (!stat.isDirectory()) throw new PortwrightError("badState", `${dir} is not a folder`);
  if (stat.uid !== uid() || (stat.mode & 0o022) !== 0)
    throw new PortwrightError(
      "badState",
      `${dir} can be changed by others (owner ${stat.uid}, mode ${(stat.mode & 0o7777).toString(8)}): ` +
        "choose another state folder, or give it to the server's user with mode 700",
    );
  return { isPrivate: (stat.mode & 0o077) === 0 };
}

function shortFolder(env: NodeJS.ProcessEnv): string {
  const runtime = env.XDG_RUNTIME_DIR;
  return runtime ? join(runtime, "portwright") : join(tmpdir(), `portwright-${uid()}`);
}

/**
 * Chooses where the server of this state listens, and records it when it is not `STATE/portwright.sock`: in
 * `STATE/run` when the state folder is readable by others, in a short private folder when the path is too long.
 */
export async function claimSocketPath(stateDir: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { isPrivate } = await ownFolder(stateDir);
  const own = join(stateDir, "portwright.sock");
  const record = join(stateDir, recordName);
  let path = isPrivate ? own : join(stateDir, "run", "portwright.sock");
  if (Buffer.byteLength(path) > maxSocketPathBytes) {
    const name = createHash("sha256").update(stateDir).digest("hex").slice(0, 16);
    path = join(shortFolder(env), `${name}.sock`);
  }
  if (path === own) {
    await rm(record, { force: true });
    return path;
  }
  if (Buffer.byteLength(path) > maxSocketPathBytes)
    throw new PortwrightError(
      "badState",
      `no socket path is short enough: ${path} exceeds ${maxSocketPathBytes} bytes; ` +
        "name a state folder with a shorter path, or set XDG_RUNTIME_DIR",
    );
  const { isPrivate: folderIsPrivate } = await ownFolder(join(path, ".."));
  if (!folderIsPrivate)
    throw new PortwrightError("badState", `${join(path, "..")} is readable by others: give it mode 700`);
  await writeFile(record, `${path}\n`, { mode: 0o600 });
  return path;
}

/** Where a client finds the server of this state, whether or not one is running. */
export async function socketPath(stateDir: string): Promise<string> {
  try {
    return (await readFile(join(stateDir, recordName), "utf8")).trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      return join(stateDir, "portwright.sock");
    throw error;
  }
}
