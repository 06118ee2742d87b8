import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { Sshd } from "./sshd.ts";

/** A way to an sshd that can break so that only whoever asks sees it, as where an address changes on the road. */
export interface Way extends AsyncDisposable {
  /** In place of the sshd's own. */
  ssh: { port: number; knownHosts: string };
  /** Cuts what is connected on the near side; it can connect again at once, or once the way is open. */
  cut(isClosed?: boolean): void;
  open(): void;
}

export async function createWay({ ssh, hostKey }: Sshd, dir: string): Promise<Way> {
  const near = new Set<Socket>();
  const far = new Set<Socket>();
  let isOpen = true;
  const server = createServer((socket) => {
    if (!isOpen) return void socket.destroy();
    const there = connect(ssh.port, ssh.host);
    for (const each of [socket, there]) each.on("error", () => {});
    near.add(socket);
    far.add(there);
    socket.on("data", (chunk: Buffer) => there.write(chunk));
    there.on("data", (chunk: Buffer) => socket.write(chunk));
    there.on("close", () => socket.destroy());
    socket.on("close", () => {
      if (near.delete(socket)) there.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const knownHosts = join(dir, `known_hosts_${port}`);
  await writeFile(knownHosts, `[127.0.0.1]:${port} ${hostKey}\n`);
  return {
    ssh: { port, knownHosts },
    open() {
      isOpen = true;
    },
    cut(isClosed = false) {
      isOpen = !isClosed;
      const cut = [...near];
      near.clear();
      for (const socket of cut) socket.destroy();
      // What is not read any more is not answered either.
      for (const socket of far) socket.pause();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of [...near, ...far]) socket.destroy();
      await once(server, "close");
    },
  };
}
