import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import ssh2, { type Attributes, type FileEntry, type SFTPWrapper } from "ssh2";

/** What a far side answers; one that does not say leaves the question open for ever. */
export interface Lies {
  lstat?: (path: string) => Attributes | null;
  list?: (path: string, round: number) => FileEntry[] | null;
  read?: (offset: number, length: number) => Buffer | null;
}

const { STATUS_CODE } = ssh2.utils.sftp;
const modes = { file: 0o100600, folder: 0o040700 };

export function attributes(kind: keyof typeof modes, size = 0): Attributes {
  return { mode: modes[kind], uid: 0, gid: 0, size, atime: 0, mtime: 1 };
}

/** A host that lets everybody in and serves lies over SFTP. */
export async function hostileHost(
  hostKey: string,
  lies: Lies,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = new ssh2.Server({ hostKeys: [readFileSync(hostKey)] }, (client) => {
    client.on("error", () => {});
    client.on("authentication", (attempt) => attempt.accept());
    client.on("ready", () => {
      client.on("session", (accept) => {
        accept().on("sftp", (acceptSftp) => serve(acceptSftp(), lies));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

function serve(sftp: SFTPWrapper, lies: Lies): void {
  const folders = new Map<string, { path: string; round: number }>();
  const handleOf = (path: string) => {
    const handle = Buffer.from(String(folders.size));
    folders.set(handle.toString(), { path, round: 0 });
    return handle;
  };
  sftp.on("LSTAT", (id: number, path: string) => {
    if (!lies.lstat) return;
    const found = lies.lstat(path);
    if (found) sftp.attrs(id, found);
    else sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
  });
  for (const event of ["OPEN", "OPENDIR"] as const)
    sftp.on(event as "OPENDIR", (id: number, path: string) => sftp.handle(id, handleOf(path)));
  sftp.on("READDIR", (id: number, handle: Buffer) => {
    const folder = folders.get(handle.toString());
    const list = folder && lies.list ? lies.list(folder.path, folder.round++) : null;
    if (list) sftp.name(id, list);
    else sftp.status(id, STATUS_CODE.EOF);
  });
  sftp.on("READ", (id: number, _handle: Buffer, offset: number, length: number) => {
    const data = lies.read?.(offset, length) ?? null;
    if (data) sftp.data(id, data);
    else sftp.status(id, STATUS_CODE.EOF);
  });
  sftp.on("CLOSE", (id: number) => sftp.status(id, STATUS_CODE.OK));
}
