import { chmod, lstat, readdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFarHost, type FarHost } from "../../fixtures/farHost.ts";
import { kinds, ownTool } from "../environments/support.ts";
import { caseIn, createPlace, type Place } from "./place.ts";

const origin = "games/tilerun";

/** What builds may see of a state folder; an environment's own record is not among it. */
const forBuilds = [
  /^mirrors(?:\/|$)/,
  /^bases\/\w+(?:\/|$)/,
  /^environments\/\.(?:etc-\w+|empty)(?:\/|$)/,
  /^environments\/[\w-]+\/(?:DeltaPorts|DPorts|composed|overlay\.git|packages|obj|logs|tmp|local)(?:\/|$)/,
  // On its way to the host where builds read it; the folders above it are closed.
  /^environments\/\.logs-[\w-]+\/[\w-]+\/\w+\.log$/,
];

/** Whatever others could open where they must not, as `PATH MODE`. */
async function openToOthers(stateDir: string): Promise<string[]> {
  const open: string[] = [];
  const entries = await readdir(stateDir, { recursive: true, withFileTypes: true });
  const paths = entries.map(({ parentPath, name }) => relative(stateDir, join(parentPath, name)));
  for (const path of ["", ...paths]) {
    const found = await lstat(join(stateDir, path));
    if (found.isSymbolicLink()) continue;
    const ofOwner = path.replace(/^[0-9a-f]{16}\//, "");
    const closed = forBuilds.some((pattern) => pattern.test(ofOwner)) ? 0o022 : 0o077;
    if ((found.mode & closed) !== 0) open.push(`${path} ${(found.mode & 0o7777).toString(8)}`);
  }
  return open;
}

/** As whoever builds there; what he makes has the modes of any build. */
const inside = `set -e
bmake -C /work/DPorts/misc/figsay -V PORTNAME
git -C /work/DeltaPorts status --porcelain
ls /work/logs /work/packages /usr/local >/dev/null
mkdir /work/obj/made
stat -c %a /work/obj/made
id -u`;

const servers = [
  { kind: "chroot", mask: "077", user: 65534 },
  { kind: "chroot", mask: "000", user: 65534 },
  { kind: "command", mask: "000", user: 1001 },
  { kind: "plain", mask: "000", user: 0 },
  { kind: "ssh", mask: "000", user: 1001 },
] as const;

describe.runIf(process.getuid?.() === 0)("a server of root opens to others only what builds read", () => {
  let place: Place;
  let far: FarHost | undefined;
  beforeAll(async () => {
    place = await createPlace();
    await chmod(place.trees.distfiles, 0o777);
    await place.build(origin);
  });
  afterAll(async () => {
    await far?.sshd.stop();
    await place[Symbol.asyncDispose]();
  });

  /** With a mask as careless as that of this server. */
  async function farHost(): Promise<FarHost> {
    const { freebsdPorts, deltaPorts, distfiles } = place.trees;
    const host = await createFarHost(join(place.trees.root, "far"));
    await host.configure({ trees: { freebsdPorts, deltaPorts, distfiles }, environment: { kind: "bwrap" } });
    return host;
  }

  it.each(servers.filter(({ kind }) => kinds.includes(kind)))(
    "with environments of kind $kind, started with mask $mask",
    async ({ kind, mask, user }) => {
      const tool = ownTool(join(place.trees.root, "tool"));
      const before = process.umask(Number.parseInt(mask, 8));
      if (kind === "ssh") far = await farHost().finally(() => process.umask(before));
      const own = { ...(kind === "command" && { command: tool }), ...(far && { ssh: far.ssh }) };
      await place.change((config) => {
        config.environment = { kind, ...own };
        config.automation = { enabled: false };
      });
      process.umask(Number.parseInt(mask, 8));
      const { client, stop } = await place.start().finally(() => process.umask(before));
      try {
        const { bundles } = await caseIn(client, origin, "open");
        expect(bundles).toHaveLength(1);
        const name = `${kind}-${mask}`;
        await client.call("env/create", { name, target: "@2026Q3" });
        const { build } = await client.call("env/build", { name, origin: "misc/figsay" });
        expect(build).toMatchObject({ passed: true });
        const { output } = await client.call("env/exec", { name, argv: ["/bin/sh", "-c", inside] });
        expect(output).toBe(`figsay\n755\n${user}\n`);
        expect(await openToOthers(place.stateDir)).toEqual([]);
        if (far) expect(await openToOthers(dirname(far.home(place.stateDir)))).toEqual([]);
      } finally {
        await stop();
      }
    },
  );
});
