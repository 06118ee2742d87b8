import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { errorCode } from "../store/errors.ts";

/** Of open(2) on the BSDs and macOS: take a shared flock(2) lock in the same step. Node passes it on. */
const sharedLock = 0x10;
const hasSharedLock = new Set(["freebsd", "dragonfly", "darwin", "openbsd", "netbsd"]);

/** Programs that try a shared lock on their descriptor 3 and say by exit status 1 that somebody holds it. */
const probes: readonly (readonly [string, readonly string[]])[] = [
  ["flock", ["-s", "-n", "3"]],
  [
    "perl",
    ["-e", 'use Fcntl ":flock"; open(F, "<&=", 3) or exit 9; exit(flock(F, LOCK_SH|LOCK_NB) ? 0 : 1)'],
  ],
  [
    "python3",
    [
      "-c",
      "import fcntl,sys\ntry: fcntl.flock(3, fcntl.LOCK_SH|fcntl.LOCK_NB)\nexcept BlockingIOError: sys.exit(1)",
    ],
  ],
];
const probeMs = 10_000;

export interface LockTest {
  /** Whether somebody holds the file's lock; null when that cannot be told. */
  held(path: string): Promise<boolean | null>;
  /** What tells, for a person. */
  how(): string;
}

/**
 * The test that dsynth's own monitor makes: a shared lock, without waiting, given back at once. A builder locks
 * `stats/monitor.lk` for as long as it builds. The file is opened for reading alone and never made.
 */
export function createLockTest(platform: NodeJS.Platform = process.platform): LockTest {
  if (hasSharedLock.has(platform)) return { held: heldByOpen, how: () => "open(2) with a shared lock" };
  let usable: (typeof probes)[number] | null | undefined;
  return {
    async held(path) {
      for (const probe of usable === undefined ? probes : usable === null ? [] : [usable]) {
        const answer = await heldByProbe(path, probe);
        if (answer === "no program") continue;
        usable = probe;
        return answer;
      }
      usable ??= null;
      return null;
    },
    how: () =>
      usable === null
        ? "nothing: install flock, perl or python3 to notice builders that died"
        : `${usable?.[0] ?? probes.map(([program]) => program).join(", or ")} with a shared lock`,
  };
}

async function heldByOpen(path: string): Promise<boolean | null> {
  try {
    await (await open(path, constants.O_RDONLY | constants.O_NONBLOCK | sharedLock)).close();
    return false;
  } catch (error) {
    return ["EAGAIN", "EWOULDBLOCK"].includes(errorCode(error)) ? true : null;
  }
}

async function heldByProbe(
  path: string,
  [program, args]: (typeof probes)[number],
): Promise<boolean | null | "no program"> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { fd } = file;
    return await new Promise((resolve, reject) => {
      const child = spawn(program, args, { stdio: ["ignore", "ignore", "ignore", fd], timeout: probeMs });
      child.on("error", (error) => (errorCode(error) === "ENOENT" ? resolve("no program") : reject(error)));
      child.on("close", (status) => resolve(status === 0 ? false : status === 1 ? true : null));
    });
  } catch (error) {
    // Absent, or not for us to read: it cannot be told.
    if (["ENOENT", "ENOTDIR", "EACCES", "ELOOP"].includes(errorCode(error))) return null;
    throw error;
  } finally {
    // The lock that a probe took hangs on the open file, and goes with it.
    await file?.close();
  }
}
