import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemHost } from "../../../extension/src/connection/ssh/systemHost.ts";
import { createSshd, type Sshd } from "../remote/sshd.ts";
import { define, run } from "./home.ts";

let dir: string;
let sshd: Sshd;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-ssh-"));
  sshd = await createSshd(join(dir, "sshd"));
});
afterAll(async () => {
  await sshd.stop();
  await rm(dir, { recursive: true, force: true });
});

/** ssh as the person here has it: with a configuration, and known hosts, of his own. */
async function hostWith(known: string, fields: object = {}) {
  const place = await mkdtemp(join(dir, "person-"));
  await writeFile(join(place, "known_hosts"), known);
  const config = [
    ...[`UserKnownHostsFile ${place}/known_hosts`, "GlobalKnownHostsFile /dev/null", "IdentityAgent none"],
    ...["IdentitiesOnly yes", "IdentityFile /nowhere", "LogLevel INFO"],
  ];
  await writeFile(join(place, "config"), `${config.join("\n")}\n`);
  await writeFile(join(place, "ssh"), `#!/bin/sh\nexec ssh -F '${place}/config' "$@"\n`, { mode: 0o755 });
  const identity = join(dir, "sshd/user");
  return systemHost(define({ ssh: "system", port: sshd.ssh.port, identity, ...fields }), join(place, "ssh"));
}

const knownLine = () => `[127.0.0.1]:${sshd.ssh.port} ${sshd.hostKey}\n`;

it("runs programs there, every word as it is, and tells their status", async () => {
  const host = await hostWith(knownLine());
  const words = ["it's", "a b", "$HOME", "a\\\\b", "!!", "-o", "'; exit 3; '"];
  const { stdout } = await run(host, ["printf", "%s\\n", ...words]);
  expect(stdout.split("\n").slice(0, -1)).toEqual(words);
  expect(await run(host, ["sh", "-c", "cat; echo said >&2; exit 5"], { input: "heard" })).toMatchObject({
    ...{ stdout: "heard", stderr: "said\n", status: 5, ending: null },
  });
});

it.each([
  ["a host key that is not known", () => "", {}, "hostKeyUnknown", "log in once with ssh"],
  [
    "a host key that has changed",
    () => knownLine().replace(/.{10}\n$/, "AAAAAAAAAA\n"),
    {},
    "hostKeyChanged",
    /Offending .*known_hosts:1/,
  ],
  ["a key that is not accepted", knownLine, { identity: "/nowhere" }, "keyRefused", "ssh-add"],
  ["a host that is not there", knownLine, { port: 1 }, null, "refused"],
  ["a host without an address", knownLine, { host: "nowhere.invalid" }, null, "nowhere.invalid"],
])("tells %s", async (_, known, fields, problem, words) => {
  const { ending } = await run(await hostWith(known(), fields), ["true"]);
  expect(ending?.problem).toBe(problem);
  expect(ending?.reason).toMatch(words);
});

it("tells where there is no ssh", async () => {
  const { ending } = await run(systemHost(define({ ssh: "system" }), join(dir, "absent")), ["true"]);
  expect(ending?.reason).toBe(`there is no command ${join(dir, "absent")}`);
});
