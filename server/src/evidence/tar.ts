import { createReadStream } from "node:fs";
import { mkdir, open, readdir, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { codeOf, EvidenceError } from "./errors.ts";

/** Tar archives of bundles: POSIX ustar, with pax headers for names that are too long for it (POSIX.1, pax). */
const block = 512;
const longestName = 4096;
const mostFiles = 1000;
const largestFile = 1024 ** 3;

/** Packs a folder's regular files as `name/...`; the same content gives the same bytes. `modified` is in seconds. */
export async function packTar(folder: string, name: string, to: string, modified: number): Promise<void> {
  const out = await open(to, "wx");
  try {
    for (const path of await filesBelow(folder)) {
      const inside = `${name}/${relative(folder, path).split(sep).join("/")}`;
      const { size } = await stat(path);
      await out.writeFile(headersOf(inside, size, modified));
      for await (const piece of createReadStream(path)) await out.writeFile(piece as Buffer);
      await out.writeFile(Buffer.alloc(padding(size)));
    }
    await out.writeFile(Buffer.alloc(2 * block));
  } finally {
    await out.close();
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function padding(size: number): number {
  return (block - (size % block)) % block;
}

function headersOf(name: string, size: number, modified: number): Buffer {
  if (Buffer.byteLength(name) <= 100) return header(name, size, modified, "0");
  const record = paxRecord("path", name);
  return Buffer.concat([
    header("pax-header", record.length, modified, "x"),
    record,
    Buffer.alloc(padding(record.length)),
    header(Buffer.from(name).subarray(0, 100), size, modified, "0"),
  ]);
}

/** `LENGTH KEY=VALUE\n`, the length being that of the whole. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

function header(name: string | Buffer, size: number, modified: number, type: "0" | "x"): Buffer {
  const made = Buffer.alloc(block);
  const octal = (value: number, at: number, width: number) =>
    made.write(`${value.toString(8).padStart(width - 1, "0")}\0`, at, "latin1");
  Buffer.from(name).copy(made, 0);
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(Math.max(0, Math.floor(modified)), 136, 12);
  made.write("        ", 148, "latin1");
  made.write(type, 156, "latin1");
  made.write("ustar\u000000", 257, "latin1");
  const sum = made.reduce((total, byte) => total + byte, 0);
  made.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return made;
}

/** Whether a file begins as a tar archive does. */
export async function isTar(path: string): Promise<boolean> {
  const handle = await open(path, "r");
  try {
    const start = Buffer.alloc(block);
    const { bytesRead } = await handle.read(start, 0, block, 0);
    return bytesRead === block && start.toString("latin1", 257, 262) === "ustar";
  } finally {
    await handle.close();
  }
}

/**
 * Unpacks regular files below `to`, whoever made the archive: names that lead elsewhere, too many or too large files and
 * damage throw EvidenceError; links and other special entries are left out.
 */
export async function unpackTar(path: string, to: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    let [offset, files, left] = [0, 0, largestFile];
    let longName: string | null = null;
    for (;;) {
      const head = Buffer.alloc(block);
      const { bytesRead } = await handle.read(head, 0, block, offset);
      if (bytesRead < block || head.every((byte) => byte === 0)) break;
      const { name, size, type } = parseHeader(head, path);
      offset += block;
      left -= size;
      if (++files > 2 * mostFiles || left < 0) throw new EvidenceError(`${path} is larger than bundles are.`);
      if (type === "x" || type === "L") {
        if (size > 2 * longestName) throw new EvidenceError(`${path} has a name longer than names are.`);
        const content = Buffer.alloc(size);
        await handle.read(content, 0, size, offset);
        longName = type === "L" ? content.toString("utf8").replace(/\0.*$/s, "") : paxPath(content);
      } else {
        if (type === "0" || type === "\0") await extract(handle, offset, size, to, longName ?? name, path);
        longName = null;
      }
      offset += size + padding(size);
    }
  } finally {
    await handle.close();
  }
}

function parseHeader(head: Buffer, path: string): { name: string; size: number; type: string } {
  const text = (at: number, length: number) => head.toString("utf8", at, at + length).replace(/\0.*$/s, "");
  const size = Number.parseInt(text(124, 12).trim(), 8);
  const wanted = Number.parseInt(text(148, 8).trim(), 8);
  const sum = head.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (sum !== wanted || !Number.isSafeInteger(size) || size < 0)
    throw new EvidenceError(`${path} is damaged, or no tar archive.`);
  const prefix = head.toString("latin1", 257, 262) === "ustar" ? text(345, 155) : "";
  return {
    name: prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    size,
    type: head.toString("latin1", 156, 157),
  };
}

/** The path of a pax header; null when it has none. */
function paxPath(content: Buffer): string | null {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(content.toString("utf8"))?.[1] ?? null;
}

async function extract(
  from: Awaited<ReturnType<typeof open>>,
  start: number,
  size: number,
  to: string,
  name: string,
  archive: string,
): Promise<void> {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  const odd = parts.some(
    (part) => part === ".." || part.includes("\0") || part.includes("\\") || part.length > 255,
  );
  if (odd || parts.length === 0 || parts.length > 12 || name.startsWith("/"))
    throw new EvidenceError(
      `${archive} names a file that no bundle has: ${JSON.stringify(name.slice(0, 100))}.`,
    );
  const target = join(to, ...parts);
  await mkdir(dirname(target), { recursive: true });
  const out = await open(target, "wx", 0o600).catch((error: unknown) => {
    if (codeOf(error) !== "EEXIST") throw error;
    throw new EvidenceError(`${archive} holds ${name} twice.`, error);
  });
  try {
    const window = Buffer.alloc(1 << 20);
    for (let done = 0; done < size; ) {
      const { bytesRead } = await from.read(window, 0, Math.min(window.length, size - done), start + done);
      if (bytesRead === 0) throw new EvidenceError(`${archive} is cut short.`);
      await out.writeFile(window.subarray(0, bytesRead));
      done += bytesRead;
    }
  } finally {
    await out.close();
  }
}
