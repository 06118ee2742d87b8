import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { compose } from "../../../../server/src/environments/compose/compose.ts";

/** Two small trees and an empty output in a folder of their own. */
export interface Trees extends AsyncDisposable {
  upstream: string;
  overlay: string;
  output: string;
  write(path: string, text: string): Promise<void>;
  compose(...origins: string[]): ReturnType<typeof compose>;
}

/** `files`: paths below `upstream/`, `overlay/` or `output/` and their texts. */
export async function makeTrees(files: Record<string, string>): Promise<Trees> {
  const root = await mkdtemp(join(tmpdir(), "portwright-compose-"));
  const trees = {
    upstream: join(root, "upstream"),
    overlay: join(root, "overlay"),
    output: join(root, "output"),
  };
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  for (const folder of Object.values(trees)) await mkdir(folder);
  for (const [path, text] of Object.entries(files)) await write(path, text);
  return {
    ...trees,
    write,
    compose: (...origins) =>
      compose({ ...trees, operatingSystem: "DragonFly", ...(origins.length > 0 ? { origins } : {}) }),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
