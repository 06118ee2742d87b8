import { composedFolder, type Layout, localFolder, mountsOf } from "./layout.ts";

const maxHeldBytes = 65536;

/** Turns host paths in text back into the paths that the inside uses; one namespace for every reader. */
export class PathTranslator {
  readonly toWork: (text: string) => string;
  readonly #bytesToWork: (text: string) => string;

  constructor(layout: Layout) {
    const pairs: [string, string][] = [
      ...mountsOf(layout, []).map(({ host, virtual }): [string, string] => [host, virtual]),
      [composedFolder(layout), "/work/DPorts"],
      [localFolder(layout), "/usr/local"],
      [layout.root, "/work"],
    ];
    this.toWork = replacer(pairs);
    // Streams are handled as latin1, so that broken UTF-8 passes through unchanged.
    this.#bytesToWork = replacer(pairs.map(([host, work]) => [Buffer.from(host).toString("latin1"), work]));
  }

  /** The same over bytes, broken UTF-8 included. */
  bytesToWork(bytes: Buffer): Buffer {
    return Buffer.from(this.#bytesToWork(bytes.toString("latin1")), "latin1");
  }

  /**
   * The same over a byte stream, line by line: what follows the last newline is held back until the next
   * chunk or `flush`. In a line of more than 64 KiB a path that is cut by a chunk's end stays as it is.
   */
  stream(emit: (chunk: Uint8Array) => unknown): {
    push(chunk: Uint8Array): unknown;
    flush(): unknown;
  } {
    let held = "";
    const pass = (text: string) =>
      text === "" ? undefined : emit(Buffer.from(this.#bytesToWork(text), "latin1"));
    return {
      push: (chunk) => {
        const text = held + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
        const lines = text.lastIndexOf("\n") + 1;
        const cut = text.length - lines > maxHeldBytes ? text.length : lines;
        held = text.slice(cut);
        return pass(text.slice(0, cut));
      },
      flush: () => {
        const rest = held;
        held = "";
        return pass(rest);
      },
    };
  }
}

/**
 * For the kind `plain`, where nothing is mounted: /work and /usr/local in an argument or variable become
 * the environment's own folders. Only these prefixes are meant, not `/work-evil` nor `/x/usr/local`.
 */
export function toPlainHost(layout: Layout, text: string): string {
  return text.replace(/(?:(?<![\w./-])|(?<=-[ILR]))\/(work|usr\/local)(?![\w.-])/g, (_, name: string) =>
    name === "work" ? layout.root : localFolder(layout),
  );
}

function replacer(pairs: readonly (readonly [string, string])[]): (text: string) => string {
  const table = new Map(pairs);
  const hosts = [...table.keys()].sort((a, b) => b.length - a.length);
  // Whole path prefixes only: /x/obj is not the start of /x/objects, but may end a sentence.
  const pattern = new RegExp(`(?:${hosts.map(escapeRegExp).join("|")})(?![\\w-]|\\.\\w)`, "g");
  return (text) => text.replace(pattern, (host) => table.get(host) ?? host);
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
