import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readDefinitions } from "../../../../../extension/src/builders/definition.ts";
import { namedHosts, readSshConfig } from "../../../../../extension/src/connection/ssh/configFile.ts";
import { findTargets } from "../../../../../extension/src/connection/ssh/target.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "portwright-config-"));
  await mkdir(join(home, ".ssh/conf.d"), { recursive: true });
});
afterEach(() => rm(home, { recursive: true, force: true }));

const write = (text: string, name = "config") => writeFile(join(home, ".ssh", name), text);

async function targets(host: string, fields: object = {}, platform: NodeJS.Platform = "linux") {
  const [definition] = readDefinitions([{ name: "far", type: "ssh", host, ...fields }]).builders;
  if (!definition) throw new Error("no builder");
  return findTargets(definition, {
    person: { trusts: async () => false, answers: async () => undefined },
    secrets: { get: async () => undefined, store: async () => {}, delete: async () => {} },
    ...{ passwords: new Map(), home, env: { KEYS: "/keys" }, userName: "me", platform },
    ...{ configFiles: [join(home, ".ssh/config")], patienceMs: 20_000 },
  });
}

it("without a configuration is as with OpenSSH", async () => {
  expect(await targets("box")).toEqual([
    {
      ...{ host: "box", port: 22, user: "me", known: { host: "box", port: 22 }, isNamed: false },
      identities: ["rsa", "ecdsa", "ecdsa_sk", "ed25519", "ed25519_sk"].map(
        (type) => `${home}/.ssh/id_${type}`,
      ),
      ...{ identitiesOnly: false, agents: [], patienceMs: 20_000, notes: [] },
      knownHosts: [
        ...[`${home}/.ssh/known_hosts`, `${home}/.ssh/known_hosts2`],
        ...["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"],
      ],
    },
  ]);
});

it("the first value holds, key files add up, tokens and variables are filled in", async () => {
  await write(`# comment
Host b?x !bax
  hostname = %h.example
  IdentityFile "~/.ssh/a key"
  IdentityFile \${KEYS}/%r@%n
Host *
  User porter
  HostName other
  Port 2222
  IdentityFile ~/.ssh/third
  ConnectTimeout 5
  HostKeyAlias alias
  IdentitiesOnly yes
  UserKnownHostsFile ~/known none
`);
  const [box] = await targets("box");
  expect(box).toMatchObject({
    ...{ host: "box.example", port: 2222, user: "porter", patienceMs: 5000, identitiesOnly: true },
    identities: [`${home}/.ssh/a key`, "/keys/porter@box", `${home}/.ssh/third`],
    known: { host: "alias", port: 22 },
  });
  expect(box?.knownHosts[0]).toBe(`${home}/known`);
  expect((await targets("bax"))[0]).toMatchObject({ host: "other", identities: [`${home}/.ssh/third`] });
});

it("the builder's own settings come first", async () => {
  await write("User porter\nPort 2222\nIdentityFile ~/.ssh/one\n");
  expect((await targets("box", { user: "root", port: 22, identity: "~/own" }))[0]).toMatchObject({
    ...{ user: "root", port: 22, identities: [`${home}/own`, `${home}/.ssh/one`] },
  });
});

it("an include stands under the host that it is written under", async () => {
  await write("Host far\n  Include conf.d/*.conf\nHost *\n  Port 1\n");
  await write("Port 2\nHost near\n  Port 3\n", "conf.d/a.conf");
  await write("User seen\n", "conf.d/b.conf");
  await write("User hidden\n", "conf.d/c.other");
  expect((await targets("far"))[0]).toMatchObject({ port: 2, user: "seen" });
  expect((await targets("near"))[0]).toMatchObject({ port: 1, user: "me" });
  await write("Include config\n");
  await expect(targets("far")).rejects.toThrow("too many files");
});

it("Match is judged where it needs no command, and told of where it does", async () => {
  await write(`Match originalhost box user porter
  Port 1
Match host *.example,!a.example
  Port 2
Match !localuser me
  Port 3
Match originalhost else exec "true"
  Port 4
Match originalhost asks exec "true"
  Port 5
Match all
  Port 6
`);
  const portOf = async (host: string, fields = {}) => (await targets(host, fields))[0];
  expect(await portOf("box", { user: "porter" })).toMatchObject({ port: 1 });
  expect(await portOf("b.example")).toMatchObject({ port: 2 });
  expect(await portOf("a.example")).toMatchObject({ port: 6, notes: [] });
  expect(await portOf("asks")).toMatchObject({ port: 6, notes: [expect.stringContaining("exec")] });
});

it("ProxyJump gives the hops in order, each with its own settings", async () => {
  await write(`Host inner
  ProxyJump root@gate:2200,ssh://[fe80::1]:23
Host gate
  HostName gate.example
  ProxyJump outer
Host loop
  ProxyJump loop
Host none
  ProxyJump none
Host bad
  ProxyJump -oProxyCommand=x
`);
  const way = async (host: string) =>
    (await targets(host)).map(({ host, port, user }) => `${user}@${host}:${port}`);
  expect(await way("inner")).toEqual([
    "me@outer:22",
    "root@gate.example:2200",
    "me@fe80::1:23",
    "me@inner:22",
  ]);
  expect(await way("none")).toEqual(["me@none:22"]);
  await expect(way("loop")).rejects.toThrow("circle");
  await expect(way("bad")).rejects.toMatchObject({ ending: { problem: "sshUnsupported" } });
});

it("agents are found as OpenSSH finds them, on Windows by their pipes", async () => {
  expect((await targets("box", {}, "win32"))[0]?.agents).toEqual([
    "\\\\.\\pipe\\openssh-ssh-agent",
    "\\\\.\\pipe\\pageant.*",
  ]);
  await write("IdentityAgent ~/agent\n");
  expect((await targets("box"))[0]?.agents).toEqual([`${home}/agent`]);
  await write("IdentityAgent none\n");
  expect((await targets("box", {}, "win32"))[0]?.agents).toEqual([]);
});

it("names the hosts that a person may choose", async () => {
  await write("Host one two *.example\nInclude more\nHost !three one\n");
  await write("Host four\n  Port 1\n", "more");
  await write("Host one two *.example\n  Port 2\nInclude more\nHost !three one\n  Port 3\n");
  const lines = await readSshConfig([join(home, ".ssh/config")], home);
  expect(namedHosts(lines)).toEqual(["one", "two", "four"]);
});
