import { isEmail } from "../evidence/emails.ts";
import type { Artifact } from "../protocol/index.ts";
import type { BlobStore } from "../store/types.ts";

/** Makefiles of a port that are looked into, and how far. */
const mostFiles = 8;
const mostBytes = 64 * 1024;

/** MAINTAINER as a bundle's own Makefiles give it, `Makefile` before `Makefile.common` and the like; null without. */
export async function maintainerOf(artifacts: readonly Artifact[], blobs: BlobStore): Promise<string | null> {
  const files = artifacts
    .filter(({ name }) => /^port\/Makefile(\.[\w.-]+)?$/.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { sha256 } of files.slice(0, mostFiles)) {
    const { data } = await blobs.read(sha256, { offset: 0, length: mostBytes });
    const [, name = ""] = /^MAINTAINER[ \t]*[?:]?=[ \t]*(\S+)/m.exec(data.toString("utf8")) ?? [];
    if (isEmail(name)) return name;
  }
  return null;
}
