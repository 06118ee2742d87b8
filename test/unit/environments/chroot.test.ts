import { describe, expect, it } from "vitest";
import { chrootArgv, chrootText } from "../../../server/src/environments/kinds/chroot/plan.ts";
import { type PlatformName, platforms } from "../../../server/src/environments/kinds/chroot/platforms.ts";

const names = Object.keys(platforms) as PlatformName[];

const request = (network: boolean) => ({
  ...{ root: "/state/.mounted-7-a", etc: "/state/.etc", user: { uid: 123, gid: 45 }, network },
  owned: ["/state/mine/obj", "/state/mine/it's"],
  parts: [
    { type: "folder" as const, host: "/usr", path: "/usr", writable: false },
    { type: "link" as const, target: "usr/bin", path: "/bin" },
    { type: "link" as const, target: "usr/lib", path: "/lib64" },
    { type: "file" as const, host: "/state/.etc/passwd", path: "/etc/passwd" },
    { type: "file" as const, host: "/run/its stub.conf", path: "/etc/resolv.conf" },
    { type: "file" as const, host: "/state/.etc/group", path: "/etc/group" },
    { type: "folder" as const, host: "/state/mine/local", path: "/usr/local", writable: true },
    { type: "folder" as const, host: "/build/ports $HOME", path: "/work/freebsd-ports", writable: false },
    { type: "hidden" as const, path: "/work/freebsd-ports/.git" },
    { type: "folder" as const, host: "/build/dist", path: "/work/distfiles", writable: network },
  ],
  inside: {
    argv: ["make", "-C", "/work/DPorts/a/b", "X=it's; reboot"],
    ...{ cwd: "/work", variables: { HOME: "/work/tmp" }, network, ownTerminal: false },
  },
});

describe.each(names)("a chroot on %s", (name) => {
  it.each([
    ["offline", false],
    ["online", true],
  ])("is planned as the operator reads it (%s)", async (words, network) => {
    const text = chrootText(platforms[name], request(network));
    await expect(text).toMatchFileSnapshot(`chroot/${name}-${words}.txt`);
  });

  it("takes the command as words that no shell reads", () => {
    const argv = chrootArgv(platforms[name], request(false));
    expect(argv.slice(-4)).toEqual(request(false).inside.argv);
    expect(argv.at(-6)).not.toContain("reboot");
  });

  it("unmounts on the way out all that it mounts for everyone", () => {
    const shared = { ...platforms[name], namespaces: () => [] };
    const script = chrootArgv(shared, request(false)).find((word) => word.includes("set -e")) ?? "";
    const mounted = [...script.matchAll(/^mount\S* .*\s'?(\/state\/\S*?)'?$/gm)].map((match) => match[1]);
    const leave = /^trap '(.*)' EXIT$/m.exec(script)?.[1] ?? "";
    const unmounted = [...leave.matchAll(/umount (?:-f )?(\S+)/g)].map((match) => match[1]);
    expect(mounted.length).toBeGreaterThan(6);
    expect(unmounted).toEqual(expect.arrayContaining(mounted));
    expect(unmounted.at(-1)).toBe("/state/.mounted-7-a");
  });
});

it("is private to its command where the system can", () => {
  expect(platforms.linux.namespaces(false)).toContain("--net");
  expect(platforms.linux.namespaces(true)).not.toContain("--net");
  expect(chrootText(platforms.linux, request(false))).not.toContain("umount");
});
