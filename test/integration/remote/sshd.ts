import { execFile, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { SshOptions } from "../../../server/src/evidence/remote/connection.ts";
import { signalProcess } from "../../fixtures/signal.ts";

const run = promisify(execFile);

export interface Sshd {
  /** As a server's configuration has it; the host's key is known. */
  ssh: SshOptions;
  /** Public host key, as known_hosts has it: type and base64. */
  hostKey: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Cuts all that is connected; it can connect again at once. */
  breakSessions(): Promise<void>;
}

/** A real sshd of our own on loopback, with its files in `dir` and `more` lines in its configuration; started. */
export async function createSshd(dir: string, more: readonly string[] = []): Promise<Sshd> {
  const place = (name: string) => join(dir, name);
  await mkdir(dir, { recursive: true });
  await mkdir("/run/sshd", { recursive: true });
  for (const name of ["host", "user"])
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", place(name)]);
  const port = await freePort();
  const config = [
    ...["ListenAddress 127.0.0.1", `Port ${port}`, `HostKey ${place("host")}`, `PidFile ${place("pid")}`],
    ...[
      `AuthorizedKeysFile ${place("user.pub")}`,
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
    ],
    ...["Subsystem sftp internal-sftp", "LogLevel QUIET", "MaxStartups 100"],
  ];
  // The first value of a setting holds.
  await writeFile(place("config"), `${[...more, ...config].join("\n")}\n`);
  const hostKey = (await readFile(place("host.pub"), "utf8")).split(" ").slice(0, 2).join(" ");
  await writeFile(place("known_hosts"), `[127.0.0.1]:${port} ${hostKey}\n`);
  let child: ReturnType<typeof spawn> | null = null;
  const sshd: Sshd = {
    hostKey,
    ssh: {
      ...{ host: "127.0.0.1", port, user: userInfo().username },
      ...{ identityFile: place("user"), knownHosts: [place("known_hosts")] },
    },
    async start() {
      const started = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", place("config")], {
        detached: true,
        stdio: ["ignore", "ignore", "inherit"],
      });
      child = started;
      await listening(port, started);
    },
    async breakSessions() {
      if (child?.pid !== undefined && child.exitCode === null) await stopSessions(child.pid);
    },
    async stop() {
      const running = child;
      child = null;
      if (running?.pid === undefined || running.exitCode !== null) return;
      const ended = new Promise((resolve) => running.once("exit", resolve));
      // Sessions are processes of their own; the group is all of them that did not leave it.
      await stopSessions(running.pid);
      running.kill("SIGTERM");
      await ended;
    },
  };
  await sshd.start();
  return sshd;
}

/** Ends the processes that serve this sshd's connections. */
async function stopSessions(pid: number): Promise<void> {
  const { stdout } = await run("ps", ["-o", "pid=", "--ppid", String(pid)]).catch(() => ({ stdout: "" }));
  for (const line of stdout.split("\n")) {
    const session = Number(line.trim());
    if (session > 1) signalProcess(session, "SIGKILL");
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function listening(port: number, child: ReturnType<typeof spawn>): Promise<void> {
  const { connect } = await import("node:net");
  for (;;) {
    if (child.exitCode !== null) throw new Error(`sshd ended with status ${child.exitCode}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(socket.destroy() && true));
      socket.once("error", () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
