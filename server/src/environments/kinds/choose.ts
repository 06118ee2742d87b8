import { join } from "node:path";
import { execa } from "execa";
import type { ServerConfig } from "../../config/config.ts";
import { checkText } from "../../protocol/attention.ts";
import { EnvironmentError } from "../errors.ts";
import { makeReadableFolder } from "../readable.ts";
import { selfTest } from "../selftest.ts";
import { bwrapKind } from "./bwrap.ts";
import { chrootKind } from "./chroot/chroot.ts";
import { thisPlatform } from "./chroot/mounted.ts";
import { platforms } from "./chroot/platforms.ts";
import { commandKind } from "./command.ts";
import { type Account, writeEtc } from "./etc.ts";
import { plainKind } from "./plain.ts";
import type { Kind } from "./types.ts";

interface ChooseOptions {
  config: ServerConfig["environment"];
  /** Folder of all environments. */
  root: string;
  newId: () => string;
}

const bwrapAccount: Account = { uid: 1001, gid: 1001 };

/** Picks the isolation; one that is asked for and does not work is an error, never a silent fall back. */
export async function chooseKind(options: ChooseOptions): Promise<Kind> {
  const wanted = options.config.kind;
  if (wanted === "ssh") throw new EnvironmentError("unavailable", "another host chooses the kind of its own");
  if (wanted === "plain") return plainKind("as configured");
  const kind = await makeKind(wanted === "auto" ? "bwrap" : wanted, options);
  const broken = (await selfTest(kind, options.root)).filter((check) => !check.ok);
  if (broken.length === 0) return kind;
  if (wanted === "auto") return plainKind(broken.map(({ message }) => message).join("; "));
  // Each with the same remedy, as they are of one kind.
  const why = [...broken.slice(0, -1).map(({ message }) => message), ...broken.slice(-1).map(checkText)];
  throw new EnvironmentError(
    "unavailable",
    `environment kind ${wanted} is configured, but ${why.join("; ")}`,
  );
}

/** Throws EnvironmentError unavailable for one that cannot be had here. */
export async function makeKind(
  name: "bwrap" | "chroot" | "command",
  { config, root, newId }: ChooseOptions,
): Promise<Kind> {
  if (name === "command") {
    if (!config.command)
      throw new EnvironmentError("unavailable", 'environment kind command needs "environment.command"');
    const empty = join(root, ".empty");
    await makeReadableFolder(empty);
    return commandKind(config.command, empty);
  }
  const etc = join(root, `.etc-${name}`);
  if (name === "bwrap") {
    await writeEtc(etc, bwrapAccount);
    return bwrapKind(etc);
  }
  const platform = thisPlatform();
  if (platform === null || process.getuid?.() !== 0)
    throw new EnvironmentError(
      "unavailable",
      `environment kind chroot needs a server that runs as root on ${Object.keys(platforms).join(", ")}`,
    );
  const user = await accountOf(config.user);
  await writeEtc(etc, user);
  return chrootKind({ platform, parent: root, etc, user, newId });
}

async function accountOf(user: string): Promise<Account> {
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (option) => {
      const { stdout, failed } = await execa("id", [option, "--", user], { stdin: "ignore", reject: false });
      return failed ? Number.NaN : Number(stdout);
    }),
  );
  if (uid && gid !== undefined && Number.isInteger(gid)) return { uid, gid };
  throw new EnvironmentError("unavailable", `"environment.user": ${user} is no user here, or is root`);
}
