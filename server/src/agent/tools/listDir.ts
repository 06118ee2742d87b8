import { z } from "zod";
import { restoreKept } from "./keep.ts";
import { workPath } from "./paths.ts";
import { defineTool, done, refuse } from "./types.ts";

const SIZED_ENTRIES = 200;

export const listDir = defineTool({
  name: "list_dir",
  description: "List a folder: one name a line, folders end in /, files with their size in bytes.",
  effect: "read",
  schema: z.strictObject({ path: z.string() }),
  async run({ path }, context) {
    const folder = workPath(path);
    await restoreKept(context, folder);
    const { files } = context.environment;
    const stat = await files.stat(folder);
    if (stat === null) return refuse(`${folder} does not exist`);
    if (stat.type !== "directory") return refuse(`${folder} is a file: read it with get_file`);
    const { entries, truncated } = await files.list(folder);
    const lines: string[] = [];
    for (const entry of entries) {
      const size =
        entry.endsWith("/") || lines.length >= SIZED_ENTRIES ? null : await files.stat(`${folder}/${entry}`);
      lines.push(size === null ? entry : `${entry} ${size.bytes}`);
    }
    return done({ path: folder, entries: entries.length, ...(truncated && { truncated }) }, lines.join("\n"));
  },
});
