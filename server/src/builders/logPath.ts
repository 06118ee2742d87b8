import { posix } from "node:path";

/** Folders of a port's sources, as `make -V` gives them inside. */
export interface SourceFolders {
  WRKSRC: string;
  WRKDIR: string;
  BUILD_WRKSRC: string;
}

/**
 * Places that a path of a build log may mean here, likeliest first. A log may be of another host, whose work folders
 * lie elsewhere: what counts there is what follows the folder of the sources, of the work, or of the port.
 */
export function placesOf(path: string, folders: SourceFolders, origin: string): string[] {
  const { WRKSRC, WRKDIR, BUILD_WRKSRC } = folders;
  const plain = posix.normalize(path);
  if (!plain.startsWith("/")) {
    const below = partsOf(plain).join("/");
    return [BUILD_WRKSRC, WRKSRC, WRKDIR].flatMap((folder) => [
      ...(plain.startsWith("..") ? [posix.join(folder, plain)] : []),
      posix.join(folder, below),
    ]);
  }
  const after = (mark: string): string | null => {
    const at = plain.lastIndexOf(`/${mark}/`);
    return at < 0 ? null : plain.slice(at + mark.length + 2);
  };
  const found = [
    ...[plain.startsWith("/work/") ? plain : null],
    under(WRKSRC, after(posix.relative(WRKDIR, WRKSRC) || posix.basename(WRKSRC))),
    under(WRKDIR, after("work")),
    under(`/work/DPorts/${origin}`, after(origin)),
  ];
  return found.filter((place) => place !== null);
}

/** How many names at their ends two paths have in common. */
export function commonTail(left: string, right: string): number {
  const [one, other] = [partsOf(left).reverse(), partsOf(right).reverse()];
  const differs = one.findIndex((name, index) => name !== other[index]);
  return differs < 0 ? one.length : differs;
}

/** Whether the path is of the port at all: a system's header has a name that many sources have too. */
export function isOfPort(path: string, folders: SourceFolders, origin: string): boolean {
  return !path.startsWith("/") || placesOf(path, folders, origin).length > 0;
}

const partsOf = (path: string): string[] => path.split("/").filter((name) => !["", ".", ".."].includes(name));

const under = (folder: string, rest: string | null): string | null =>
  rest === null ? null : posix.join(folder, rest);
