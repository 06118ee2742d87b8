import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeReadableFolder, writeReadable } from "../readable.ts";

export interface Account {
  uid: number;
  gid: number;
}

/** The few files that tools look up; none of the host's accounts or names. */
export const etcFiles = ["passwd", "group", "hosts", "nsswitch.conf", "gitconfig"] as const;

export async function writeEtc(folder: string, { uid, gid }: Account): Promise<void> {
  await makeReadableFolder(folder);
  const files: Record<(typeof etcFiles)[number], string> = {
    passwd: `root:x:0:0::/root:/bin/sh\nportwright:x:${uid}:${gid}::/work/tmp:/bin/sh\n`,
    group: `root:x:0:\nwheel:x:0:\nportwright:x:${gid}:\n`,
    hosts: "127.0.0.1 localhost portwright\n::1 localhost\n",
    // What git shows inside is the server's, and can be written by nobody there.
    gitconfig: "[safe]\n\tdirectory = *\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
  };
  // Where accounts are looked up in a data base, this is what it is made of.
  const master = `root:*:0:0::0:0::/root:/bin/sh\nportwright:*:${uid}:${gid}::0:0::/work/tmp:/bin/sh\n`;
  await writeFile(join(folder, "master.passwd"), master);
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    // What runs already may be looking it up; one that cannot be read is written, which tells why it cannot.
    if ((await readFile(path, "utf8").catch(() => "")) !== text) await writeReadable(path, text);
  }
}
