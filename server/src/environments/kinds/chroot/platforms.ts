import type { Account } from "../etc.ts";

export type PlatformName = "linux" | "dragonfly" | "freebsd";

/** Where a command is to run, and as whom. */
export interface Chroot {
  /** Host folder that becomes the root inside. */
  root: string;
  /** Host folder that `writeEtc` filled. */
  etc: string;
  user: Account;
  network: boolean;
}

/** The commands of one operating system, each as an argv. */
export interface Platform {
  /** Before the shell that mounts: what makes namespaces, so that all mounts are gone with its last process. */
  namespaces(network: boolean): string[];
  bind(host: string, target: string, writable: boolean): string[];
  /** A file system in memory; `mode` in octal. */
  scratch(target: string, mode: string): string[];
  /** What `system` finds made below the root. */
  folders: readonly string[];
  /** Devices, processes and what else `root` needs before something runs in it. */
  system(chroot: Chroot): string[][];
  /** Before the command that runs inside. */
  enter(chroot: Chroot): string[];
  /** Ends what runs inside; absent where the end of the namespaces does. */
  end?(root: string): string[];
  unmount(target: string): string[];
  /** Lists mounts, the second word of a line being where. */
  mounts: string[];
}

/** An address that no interface has: a jail with no other can bind none, and so reaches nobody (RFC 5737). */
const nowhere = "192.0.2.1";

const devices = ["null", "zero", "full", "random", "urandom", "tty"].map((name) => `/dev/${name}`);
const streams = { stdin: "fd/0", stdout: "fd/1", stderr: "fd/2" };

const linux: Platform = {
  namespaces: (network) => [
    // All of it ends with the server, also when that is killed.
    ...["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private"],
    ...["--ipc", "--pid", "--fork", "--kill-child=KILL"],
    ...(network ? [] : ["--net"]),
  ],
  bind: (host, target, writable) => [
    ...["mount", "--bind", "-o", `${writable ? "rw" : "ro"},nosuid,nodev`],
    ...[host, target],
  ],
  scratch: (target, mode) => ["mount", "-t", "tmpfs", "-o", `mode=${mode},nosuid`, "tmpfs", target],
  folders: ["/proc", "/dev/pts", "/dev/shm"],
  system: ({ root, network }) => [
    ["mount", "-t", "proc", "-o", "nosuid,nodev,noexec", "proc", `${root}/proc`],
    ["cp", "-a", ...devices, `${root}/dev/`],
    ["ln", "-s", "/proc/self/fd", "pts/ptmx", `${root}/dev/`],
    ...Object.entries(streams).map(([name, target]) => ["ln", "-s", target, `${root}/dev/${name}`]),
    ["mount", "-t", "devpts", "-o", "newinstance,ptmxmode=0666,nosuid,noexec", "devpts", `${root}/dev/pts`],
    linux.scratch(`${root}/dev/shm`, "1777"),
    // Tests of ports speak to themselves.
    ...(network ? [] : [["sh", "-c", "ip link set lo up || ifconfig lo up || :"]]),
  ],
  enter: ({ root, user }) => [
    ...["chroot", root, "setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"],
    ...["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"],
  ],
  unmount: (target) => ["umount", target],
  mounts: ["cat", "/proc/self/mounts"],
};

/** Where accounts are looked up in a data base that is made of a file. */
const accounts = ({ root, etc }: Chroot) => ["pwd_mkdb", "-p", "-d", `${root}/etc`, `${etc}/master.passwd`];

const freebsd: Platform = {
  namespaces: () => [],
  bind: (host, target, writable) => [
    ...["mount", "-t", "nullfs", "-o", `${writable ? "rw" : "ro"},nosuid`, host, target],
  ],
  scratch: (target, mode) => ["mount", "-t", "tmpfs", "-o", `mode=${mode},nosuid`, "tmpfs", target],
  folders: ["/dev", "/var/run", "/var/tmp"],
  system: (chroot) => [
    // Ruleset 4 is the one for jails in /etc/defaults/devfs.rules.
    ["mount", "-t", "devfs", "-o", "ruleset=4", "devfs", `${chroot.root}/dev`],
    accounts(chroot),
    [
      ...["jail", "-c", `name=${jailName(chroot.root)}`, `path=${chroot.root}`, "host.hostname=portwright"],
      ...["ip4", "ip6"].map((family) => `${family}=${chroot.network ? "inherit" : "disable"}`),
      "persist",
    ],
  ],
  enter: ({ root }) => ["jexec", "-U", "portwright", jailName(root)],
  end: (root) => ["jail", "-r", jailName(root)],
  unmount: (target) => ["umount", "-f", target],
  mounts: ["mount", "-p"],
};

const dragonfly: Platform = {
  ...freebsd,
  bind: (host, target, writable) => [
    ...["mount_null", "-o", `${writable ? "rw" : "ro"},nosuid`, host, target],
  ],
  scratch: (target, mode) => ["mount_tmpfs", "-m", mode, "-o", "nosuid", "tmpfs", target],
  system: (chroot) => [["mount_devfs", "-o", "jail", "devfs", `${chroot.root}/dev`], accounts(chroot)],
  // Its jail runs the command itself, and is gone with it.
  enter: ({ root, user, network }) =>
    network
      ? ["chroot", "-u", `${user.uid}`, "-g", `${user.gid}`, "-G", `${user.gid}`, root]
      : ["jail", "-U", "portwright", root, "portwright", nowhere],
  end: undefined,
};

export const platforms: Readonly<Record<PlatformName, Platform>> = { linux, dragonfly, freebsd };

/** A jail's name has no dots. */
function jailName(root: string): string {
  return `portwright-${root.slice(root.lastIndexOf("/") + 1).replaceAll(".", "")}`;
}
