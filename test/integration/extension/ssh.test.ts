import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import ssh2 from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SshHost } from "../../../extension/src/connection/ssh/sshHost.ts";
import { createSshd, type Sshd } from "../remote/sshd.ts";
import { define, type Home, makeHome, run } from "./home.ts";

const execute = promisify(execFile);
let dir: string;
let sshd: Sshd;
let user: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-ssh-"));
  sshd = await createSshd(join(dir, "sshd"));
  user = join(dir, "sshd/user");
  await copyFile(user, join(dir, "locked"));
  await execute("ssh-keygen", ["-q", "-p", "-N", "open sesame", "-f", join(dir, "locked")]);
});
afterAll(async () => {
  await sshd.stop();
  await rm(dir, { recursive: true, force: true });
});

const knownLine = () => `[127.0.0.1]:${sshd.ssh.port} ${sshd.hostKey}\n`;
const know = (home: Home, text = knownLine()) => writeFile(join(home.dir, ".ssh/known_hosts"), text);
const hostTo = (home: Home, fields: object = {}) =>
  new SshHost(define({ port: sshd.ssh.port, identity: user, ...fields }), home.parts);
const hello = { stdout: "hello", status: 0, ending: null };

describe("the host's key", () => {
  it("is asked for once, with its fingerprint, and then known", async () => {
    await using home = await makeHome({ trusts: true });
    const { stdout: shown } = await execute("ssh-keygen", ["-lf", join(dir, "sshd/host.pub")]);
    expect(await run(hostTo(home), ["printf", "hello"])).toMatchObject(hello);
    expect(home.asked).toEqual([`[127.0.0.1]:${sshd.ssh.port} ${shown.split(" ")[1]}`]);
    const kept = join(home.dir, ".ssh/known_hosts");
    expect(await readFile(kept, "utf8")).toBe(knownLine());
    expect((await stat(kept)).mode & 0o777).toBe(0o600);
    expect(await run(hostTo(home), ["printf", "hello"])).toMatchObject(hello);
    expect(home.asked).toHaveLength(1);
  });

  it("is added on a line of its own, and OpenSSH takes it for known too", async () => {
    await using home = await makeHome({ trusts: true });
    await know(home, "other.example ssh-ed25519 AAAA");
    await run(hostTo(home), ["true"]);
    const kept = join(home.dir, ".ssh/known_hosts");
    expect(await readFile(kept, "utf8")).toBe(`other.example ssh-ed25519 AAAA\n${knownLine()}`);
    const { stdout } = await execute("ssh-keygen", ["-F", `[127.0.0.1]:${sshd.ssh.port}`, "-f", kept]);
    expect(stdout).toContain("found: line 2");
  });

  it("stops the connection when it is not accepted, and nothing is kept", async () => {
    await using home = await makeHome();
    const refused = run(hostTo(home), ["true"]);
    await expect(refused).rejects.toMatchObject({ ending: { problem: "hostKeyUnknown" } });
    await expect(stat(join(home.dir, ".ssh/known_hosts"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("is found where known_hosts is hashed", async () => {
    await using home = await makeHome();
    await know(home);
    await execute("ssh-keygen", ["-H", "-f", join(home.dir, ".ssh/known_hosts")]);
    expect(await readFile(join(home.dir, ".ssh/known_hosts"), "utf8")).not.toContain("127.0.0.1");
    expect(await run(hostTo(home), ["printf", "hello"])).toMatchObject(hello);
  });

  it("refuses when it has changed, naming file and line, without a question", async () => {
    await using home = await makeHome({ trusts: true });
    const another = `${sshd.hostKey.slice(0, -10)}AAAAAAAAAA`;
    await know(home, `# mine\n[127.0.0.1]:${sshd.ssh.port} ${another}\n`);
    const refused = run(hostTo(home), ["true"]);
    await expect(refused).rejects.toMatchObject({ ending: { problem: "hostKeyChanged" } });
    await expect(refused).rejects.toThrow(`${home.dir}/.ssh/known_hosts:2 has another one`);
    expect(home.asked).toEqual([]);
  });

  it("refuses when it is revoked, and says that authorities are not checked", async () => {
    await using home = await makeHome({ trusts: true });
    await know(home, `${knownLine()}@revoked * ${sshd.hostKey}\n`);
    await expect(run(hostTo(home), ["true"])).rejects.toMatchObject({
      ending: { problem: "hostKeyChanged" },
    });
    await know(home, `@cert-authority * ${sshd.hostKey}\n`);
    await expect(run(hostTo(home), ["true"])).rejects.toMatchObject({
      ending: { problem: "sshUnsupported" },
    });
  });
});

describe("a key with a passphrase", () => {
  it("is asked for once, then kept for this key file", async () => {
    await using home = await makeHome({ answers: ["open sesame"] });
    await know(home);
    const locked = { identity: join(dir, "locked") };
    expect(await run(hostTo(home, locked), ["printf", "hello"])).toMatchObject(hello);
    expect(await run(hostTo(home, locked), ["printf", "hello"])).toMatchObject(hello);
    expect(home.asked).toEqual([`Passphrase of ${join(dir, "locked")}`]);
    expect([...home.secrets.values()]).toEqual(["open sesame"]);
  });

  it("is asked for again when the passphrase is wrong, and a wrong one is not kept", async () => {
    await using home = await makeHome({ answers: ["wrong", "worse", "open sesame"] });
    await know(home);
    const locked = { identity: join(dir, "locked") };
    home.secrets.set(`portwright.passphrase:${locked.identity}`, "of an older key");
    expect(await run(hostTo(home, locked), ["printf", "hello"])).toMatchObject(hello);
    expect(home.asked).toHaveLength(3);
    expect([...home.secrets.values()]).toEqual(["open sesame"]);
  });

  it("is given up after three wrong ones, and when none is given", async () => {
    await using home = await makeHome({ answers: ["a", "b", "c"] });
    await know(home);
    for (let round = 0; round < 2; round++) {
      const refused = run(hostTo(home, { identity: join(dir, "locked") }), ["true"]);
      await expect(refused).rejects.toMatchObject({ ending: { problem: "keyRefused" } });
      await expect(refused).rejects.toThrow(/no passphrase .*locked/);
    }
    expect(home.asked).toHaveLength(4);
    expect(home.secrets.size).toBe(0);
  });

  it("is not asked for when the host would not take the key", async () => {
    await using home = await makeHome({ answers: ["open sesame"] });
    await know(home);
    const stranger = join(home.dir, "stranger");
    await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "open sesame", "-f", stranger]);
    await rm(`${stranger}.pub`);
    const refused = run(hostTo(home, { identity: stranger }), ["true"]);
    await expect(refused).rejects.toThrow(stranger);
    expect(home.asked).toEqual([]);
  });
});

describe("~/.ssh/config", () => {
  it("names host, port, user and keys, through an include", async () => {
    await using home = await makeHome();
    await know(home);
    await home.config("Include conf.d-*\nHost *\n  HostName nowhere.invalid\n");
    await writeFile(
      join(home.dir, ".ssh/conf.d-far"),
      `Host box\n  HostName 127.0.0.1\n  Port ${sshd.ssh.port}\n  IdentityFile "${user}"\n`,
    );
    expect(
      await run(hostTo(home, { host: "box", port: 0, identity: "" }), ["printf", "hello"]),
    ).toMatchObject(hello);
  });

  it("leads through other hosts, each of which has its key checked", async () => {
    await using home = await makeHome();
    const first = await createSshd(join(home.dir, "first"));
    try {
      await home.config(
        [
          ...["Host box", "  HostName 127.0.0.1", `  Port ${sshd.ssh.port}`, "  ProxyJump gate"],
          ...["Host gate", "  HostName 127.0.0.1", `  Port ${first.ssh.port}`],
          `  IdentityFile ${join(home.dir, "first/user")}`,
        ].join("\n"),
      );
      await know(home);
      const box = { host: "box", port: 0 };
      const refused = run(hostTo(home, box), ["true"]);
      await expect(refused).rejects.toThrow(`the host key of [127.0.0.1]:${first.ssh.port}`);
      await know(home, `${knownLine()}[127.0.0.1]:${first.ssh.port} ${first.hostKey}\n`);
      const { stdout } = await run(hostTo(home, box), ["sh", "-c", "echo $SSH_CONNECTION"]);
      expect(stdout).toMatch(new RegExp(` 127.0.0.1 ${sshd.ssh.port}\n$`));
    } finally {
      await first.stop();
    }
  });

  it("says what only OpenSSH can do", async () => {
    await using home = await makeHome();
    await know(home);
    await home.config("Host 127.0.0.1\n  ProxyCommand nc %h %p\n");
    const refused = run(hostTo(home), ["true"]);
    await expect(refused).rejects.toMatchObject({ ending: { problem: "sshUnsupported" } });
    await expect(refused).rejects.toThrow('"ssh": "system"');
    await home.config(`Match exec "true"\n  User nobody\n`);
    const log: string[] = [];
    expect(await run(hostTo(home), ["printf", "hello"], { log })).toMatchObject(hello);
    expect(log).toEqual(['"Match exec true" of the SSH configuration is not judged']);
  });
});

describe("the agent", () => {
  it("signs with the keys that it holds", async () => {
    await using home = await makeHome();
    await know(home);
    const socket = join(home.dir, "agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      await once(agent.stdout, "data");
      await execute("ssh-add", ["-q", user], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
      home.parts.env = { SSH_AUTH_SOCK: socket };
      expect(await run(hostTo(home, { identity: "" }), ["printf", "hello"])).toMatchObject(hello);
      // A public key that is named chooses among the agent's keys.
      await home.config(`IdentitiesOnly yes\nIdentityFile ${user}.pub\n`);
      expect(await run(hostTo(home, { identity: "" }), ["printf", "hello"])).toMatchObject(hello);
      await home.config("IdentitiesOnly yes\nIdentityFile ~/.ssh/absent\n");
      await expect(run(hostTo(home, { identity: "" }), ["true"])).rejects.toMatchObject({
        ending: { problem: "keyRefused" },
      });
    } finally {
      const ended = once(agent, "exit");
      agent.kill();
      await ended;
    }
  });

  it("that is gone leaves the key files", async () => {
    await using home = await makeHome();
    await know(home);
    home.parts.env = { SSH_AUTH_SOCK: join(home.dir, "absent") };
    expect(await run(hostTo(home), ["printf", "hello"])).toMatchObject(hello);
  });
});

describe("programs", () => {
  it("share one connection, which ends with the last of them", async () => {
    await using home = await makeHome();
    await know(home);
    const host = hostTo(home);
    const connections = ["sh", "-c", "echo $SSH_CONNECTION"];
    const [one, two] = await Promise.all([run(host, connections), run(host, connections)]);
    expect(one.stdout).toBe(two.stdout);
    expect((await run(host, connections)).stdout).not.toBe(one.stdout);
  });

  it("given up while they start do not run on beside the others", async () => {
    await using home = await makeHome();
    await know(home);
    const host = hostTo(home);
    const never = new AbortController().signal;
    await host.start(["cat"], () => {}, never);
    const giveUp = new AbortController();
    const ended = join(home.dir, "ended");
    const starting = host.start(["sh", "-c", 'cat; touch "$0"', ended], () => {}, giveUp.signal);
    setImmediate(() => giveUp.abort());
    await expect(starting).rejects.toThrow("it was given up");
    await expect.poll(() => readdir(home.dir)).toContain("ended");
    host.dispose();
  });

  it("get every word as it is", async () => {
    await using home = await makeHome();
    await know(home);
    const words = ["it's", "a b", "$HOME", "`id`", "a\\b\\\\c", "!!", '"', "*", "-n", "é", "'; exit 3; '"];
    const { stdout } = await run(hostTo(home), ["printf", "%s\\n", ...words]);
    expect(stdout.split("\n").slice(0, -1)).toEqual(words);
    await expect(run(hostTo(home), ["a\nb"])).rejects.toThrow("line break");
  });

  it("carry much in both directions, and tell their status", async () => {
    await using home = await makeHome();
    await know(home);
    const input = "0123456789abcdef".repeat(200_000);
    const echoed = await run(hostTo(home), ["sh", "-c", "cat; echo said >&2; exit 5"], { input });
    expect(echoed).toMatchObject({ stderr: "said\n", status: 5, ending: null });
    expect(echoed.stdout === input).toBe(true);
    expect(await run(hostTo(home), ["portwright-is-not-here"])).toMatchObject({ status: 127 });
  });

  it("end with the connection, which tells why", async () => {
    await using home = await makeHome();
    const own = await createSshd(join(home.dir, "own"));
    await know(home, `[127.0.0.1]:${own.ssh.port} ${own.hostKey}\n`);
    const host = hostTo(home, { port: own.ssh.port, identity: join(home.dir, "own/user") });
    const running = await host.start(["cat"], () => {}, AbortSignal.timeout(50_000));
    await own.stop();
    expect(await running.ended).toMatchObject({ ending: { problem: null } });
    await expect(run(host, ["true"])).rejects.toThrow(/cannot be reached: .*ECONNREFUSED/);
  });
});

/** A host that asks its own questions. */
async function askingHost(accepts: (context: ssh2.AuthContext) => void) {
  const server = new ssh2.Server({ hostKeys: [await readFile(join(dir, "sshd/host"))] }, (client) => {
    client.on("error", () => {});
    client.on("authentication", accepts);
    client.on("session", (accept) => {
      accept().on("exec", (open) => {
        const channel = open();
        channel.exit(0);
        channel.end("hello");
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}

describe("a host that asks", () => {
  it("is answered by the person: keyboard-interactive, with what it says cleaned of control characters", async () => {
    await using home = await makeHome({ trusts: true, answers: ["fish", "1234"] });
    await using host = await askingHost((context) => {
      if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
      context.prompt([{ prompt: "Pass\u001b[2Jword: ", echo: false }, "Code: "], "", (answers) =>
        String(answers) === "fish,1234" ? context.accept() : context.reject(["keyboard-interactive"]),
      );
    });
    expect(await run(hostTo(home, { port: host.port }), ["any"])).toMatchObject({ stdout: "hello" });
    expect(home.asked.slice(1)).toEqual([
      expect.stringContaining("Pass [2Jword:"),
      expect.stringContaining("Code:"),
    ]);
  });

  it("gets a password again without a question, and asks anew when it has changed", async () => {
    await using home = await makeHome({ trusts: true, answers: ["wrong", "fish", "whale"] });
    let right = "fish";
    await using host = await askingHost((context) =>
      context.method === "password" && context.password === right
        ? context.accept()
        : context.reject(["password"]),
    );
    const far = hostTo(home, { port: host.port });
    expect(await run(far, ["any"])).toMatchObject({ stdout: "hello" });
    expect(await run(far, ["any"])).toMatchObject({ stdout: "hello" });
    expect(home.asked).toHaveLength(3);
    right = "whale";
    expect(await run(far, ["any"])).toMatchObject({ stdout: "hello" });
    expect(home.asked).toHaveLength(4);
    right = "none";
    const refused = run(far, ["any"]);
    await expect(refused).rejects.toMatchObject({ ending: { problem: "keyRefused" } });
    await expect(refused).rejects.toThrow("did not let us in");
  });

  it("may take its time while the person thinks, not otherwise", async () => {
    await using home = await makeHome({ trusts: true });
    home.parts.patienceMs = 300;
    const slow = createServer((socket) => socket.resume());
    slow.listen(0, "127.0.0.1");
    await once(slow, "listening");
    try {
      const port = (slow.address() as AddressInfo).port;
      await expect(run(hostTo(home, { port }), ["true"])).rejects.toThrow("it did not answer for 0.3 s");
    } finally {
      slow.close();
    }
    await using host = await askingHost((context) => context.accept());
    home.parts.person.trusts = () => new Promise((resolve) => setTimeout(() => resolve(true), 900));
    expect(await run(hostTo(home, { port: host.port }), ["any"])).toMatchObject({ stdout: "hello" });
  });

  it("and speaks something else is no builder", async () => {
    await using home = await makeHome();
    const other = createServer((socket) =>
      socket.on("error", () => {}).end("HTTP/1.1 400 Bad Request\r\n\r\n"),
    );
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    try {
      const port = (other.address() as AddressInfo).port;
      await expect(run(hostTo(home, { port }), ["true"])).rejects.toMatchObject({
        ending: { problem: null },
      });
    } finally {
      other.close();
    }
  });
});
