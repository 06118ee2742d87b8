import { mkdir, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCode } from "./errors.ts";
import { sync } from "./folders.ts";

/**
 * Gives finished files their names, over whatever has them: an older one can only be the same content, or damaged. A folder is made
 * where it is not there. When it returns, the name lasts through a power cut, and so does that of the folder, whoever made it.
 */
export function createSettling(): (temporary: string, place: string) => Promise<void> {
  const making = new Map<string, Promise<void>>();

  return async (temporary, place) => {
    const folder = dirname(place);
    try {
      await rename(temporary, place);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
      if (!making.has(folder))
        making.set(
          folder,
          make(folder).finally(() => making.delete(folder)),
        );
      await making.get(folder);
      await rename(temporary, place);
    }
    await sync(folder);
    await making.get(folder);
  };
}

async function make(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await sync(dirname(folder));
}
