import { lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { composedFolder, type Layout, localFolder } from "../layout.ts";

export interface BwrapOptions {
  layout: Layout;
  /** Origins whose composed folder is mounted over the base. */
  composed: Iterable<string>;
  /** Folder that `writeEtc` filled. */
  etc: string;
  /** Host folders that appear read-only at their own path, e.g. a builder outside /usr. */
  alsoVisible: readonly string[];
  cwd: string;
  variables: Readonly<Record<string, string>>;
  network: boolean;
  /** Keeps the session, and with it the job control, of a terminal that nothing else uses. */
  ownTerminal: boolean;
}

const insideUid = "1001";

/**
 * Arguments for bubblewrap up to and including `--`. Everything is read-only but /work/obj, /work/packages,
 * /work/tmp, /usr/local, /tmp and, while fetching, /work/distfiles. The logs folder is not even visible
 * for writing: a build that could write it could forge what the server reads from it.
 */
export function bwrapArguments(options: BwrapOptions): string[] {
  const { layout } = options;
  const own = (name: string) => join(layout.root, name);
  return [
    "bwrap",
    "--unshare-all",
    ...(options.network ? ["--share-net"] : []),
    ...["--unshare-user", "--uid", insideUid, "--gid", insideUid, "--cap-drop", "ALL"],
    ...(options.ownTerminal ? [] : ["--new-session"]),
    ...["--die-with-parent", "--clearenv", "--hostname", "portwright"],
    ...Object.entries(options.variables).flatMap(([name, value]) => ["--setenv", name, value]),
    ...systemFolders(),
    ...etcFiles(options.etc, options.network),
    ...["--proc", "/proc", ...kernelSettings(), "--dev", "/dev", "--tmpfs", "/tmp"],
    ...["--bind", localFolder(layout), "/usr/local"],
    ...["--ro-bind", layout.freebsdPorts, "/work/freebsd-ports"],
    ...hideRepository(layout.freebsdPorts, "/work/freebsd-ports/.git"),
    ...["--ro-bind", own("DeltaPorts"), "/work/DeltaPorts"],
    ...["--ro-bind", layout.base, "/work/DPorts"],
    ...[...options.composed].flatMap((origin) => [
      "--ro-bind",
      join(composedFolder(layout), origin),
      `/work/DPorts/${origin}`,
    ]),
    ...[options.network ? "--bind" : "--ro-bind", layout.distfiles, "/work/distfiles"],
    ...["--bind", own("packages"), "/work/packages"],
    ...(layout.packages === null ? [] : ["--ro-bind", layout.packages, "/work/operator-packages"]),
    ...["--bind", own("obj"), "/work/obj"],
    ...["--ro-bind", own("logs"), "/work/logs"],
    ...["--bind", own("tmp"), "/work/tmp"],
    ...options.alsoVisible.flatMap((folder) => ["--ro-bind", folder, folder]),
    ...["--remount-ro", "/", "--chdir", options.cwd, "--"],
  ];
}

/** The few files that tools look up; none of the host's accounts or names. */
export async function writeEtc(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files = {
    passwd: `root:x:0:0::/root:/bin/sh\nportwright:x:${insideUid}:${insideUid}::/work/tmp:/bin/sh\n`,
    group: `root:x:0:\nwheel:x:0:\nportwright:x:${insideUid}:\n`,
    hosts: "127.0.0.1 localhost portwright\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

/** /usr and, as links or folders like on the host, the folders beside it. */
function systemFolders(): string[] {
  const beside = ["bin", "sbin", "lib", "lib32", "lib64", "libexec"].flatMap((name) => {
    const found = lstatSync(`/${name}`, { throwIfNoEntry: false });
    if (found?.isSymbolicLink()) return ["--symlink", readlinkSync(`/${name}`), `/${name}`];
    return found ? ["--ro-bind", `/${name}`, `/${name}`] : [];
  });
  return ["--ro-bind", "/usr", "/usr", ...beside];
}

/**
 * To the kernel a build under a server of root is root's own process: /proc/sys asks for its uid alone, so
 * without this a build could set core_pattern and have the host run a program.
 */
function kernelSettings(): string[] {
  return ["/proc/sys", "/proc/sysrq-trigger"].flatMap((path) =>
    lstatSync(path, { throwIfNoEntry: false }) ? ["--ro-bind", path, path] : [],
  );
}

function etcFiles(folder: string, network: boolean): string[] {
  const ours = ["passwd", "group", "hosts", "nsswitch.conf"].flatMap((name) => [
    "--ro-bind",
    join(folder, name),
    `/etc/${name}`,
  ]);
  const hosts = ["alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "protocols", "services"];
  const forNetwork = ["ssl", "ca-certificates", "pki"];
  const wanted = network ? [...hosts, ...forNetwork] : hosts;
  return [
    ...ours,
    ...wanted.flatMap((name) => ["--ro-bind-try", `/etc/${name}`, `/etc/${name}`]),
    ...(network ? resolver() : []),
  ];
}

/** The resolver's file is often a link out of /etc; what it names is mounted. */
function resolver(): string[] {
  const name = "/etc/resolv.conf";
  return statSync(name, { throwIfNoEntry: false }) ? ["--ro-bind", realpathSync(name), name] : [];
}

/** A repository's configuration may hold credentials of its remote. */
function hideRepository(tree: string, inside: string): string[] {
  const found = lstatSync(join(tree, ".git"), { throwIfNoEntry: false });
  if (!found) return [];
  return found.isDirectory() ? ["--tmpfs", inside] : ["--ro-bind", "/dev/null", inside];
}
