import { readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "./errors.ts";
import type { Layout } from "./layout.ts";
import { makeReadableFolder } from "./readable.ts";

const packageName = /\.(?:pkg|txz|tzst|tbz|tgz|tar)$/;

/**
 * Offers the operator's packages to builds as links in the environment's own folder: new ones are written
 * beside them, and nothing that was built here can reach the operator's folder or another environment.
 */
export async function linkOperatorPackages(layout: Layout): Promise<void> {
  const own = join(layout.root, "packages", "All");
  await makeReadableFolder(own);
  if (layout.packages === null) return;
  const from = join(layout.packages, "All");
  const names = await readdir(from).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  });
  const seen = layout.kind === "plain" ? from : "/work/operator-packages/All";
  for (const name of names) if (packageName.test(name)) await symlink(join(seen, name), join(own, name));
}
