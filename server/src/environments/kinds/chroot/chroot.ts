import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { localFolder } from "../../layout.ts";
import { mountFolder } from "../../leftovers.ts";
import { hostVariables } from "../bwrap.ts";
import type { Account } from "../etc.ts";
import { etcParts, systemParts, workParts } from "../parts.ts";
import type { InsideCommand, Kind, Place } from "../types.ts";
import { unmountFolder } from "./mounted.ts";
import { type ChrootRequest, chrootArgv, chrootText } from "./plan.ts";
import type { Platform } from "./platforms.ts";

/** What another platform would run: the folders are those of this host. */
export async function foreignPlan(platform: Platform, place: Place, inside: InsideCommand): Promise<string> {
  const parent = dirname(place.layout.root);
  const etc = join(parent, ".etc-chroot");
  const user = { uid: 65534, gid: 65534 };
  return chrootKind({ platform, parent, etc, user, newId: () => "ID" }).plan(place, inside);
}

interface ChrootOptions {
  platform: Platform;
  /** Folder of all environments. */
  parent: string;
  /** What `writeEtc` filled. */
  etc: string;
  /** As whom builds run. */
  user: Account;
  newId: () => string;
}

/** Folder that stands for the root inside where each command has mounts of its own; always empty outside. */
const sharedRoot = ".root";

/**
 * A root folder that is mounted together for each command, as root, and left as another user. Where mounts are the
 * host's own, they stand in a folder whose name says whose they are before anything is mounted in it.
 */
export function chrootKind({ platform, parent, etc, user, newId }: ChrootOptions): Kind {
  const isPrivate = platform.namespaces(false).length > 0;
  const request = (root: string, place: Place, inside: InsideCommand): ChrootRequest => ({
    ...{ root, etc, user, inside, network: inside.network },
    parts: [...systemParts(), ...etcParts(etc, inside.network), ...workParts(place, inside.network)],
    owned: [
      ...["obj", "packages", "packages/All", "tmp"].map((name) => join(place.layout.root, name)),
      localFolder(place.layout),
    ].filter((folder) => place.isPlanned || existsSync(folder)),
  });
  return {
    name: "chroot",
    note: `chroot: no network outside the fetch phase, read-only trees, builds run as uid ${user.uid}`,
    isolates: true,
    async command(place, inside) {
      const root = isPrivate ? join(parent, sharedRoot) : mountFolder(parent, newId());
      await mkdir(root, { recursive: isPrivate, mode: 0o700 });
      return {
        ...{ argv: chrootArgv(platform, request(root, place, inside)), cwd: "/", env: hostVariables },
        ...(isPrivate ? {} : { release: () => unmountFolder(root, platform) }),
      };
    },
    async plan(place, inside) {
      const root = isPrivate ? join(parent, sharedRoot) : mountFolder(parent, "ID");
      return chrootText(platform, request(root, place, inside));
    },
  };
}
