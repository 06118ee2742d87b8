import { createHmac, randomBytes } from "node:crypto";
import { existsSync, readdirSync, truncateSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { SshOptions } from "../../../server/src/evidence/remote/connection.ts";
import { RemoteError } from "../../../server/src/evidence/remote/error.ts";
import { remoteSpool } from "../../../server/src/evidence/remote/spool.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { createFarBuilder, type FarBuilder } from "../../../server/src/tracker/farBuilder.ts";
import { createIntake } from "../../../server/src/tracker/intake.ts";
import { checkJournals } from "../../../server/src/tracker/journalCheck.ts";
import { createReconciler } from "../../../server/src/tracker/reconcile.ts";
import { Reports } from "../../../server/src/tracker/reports.ts";
import { makeSandbox } from "../cli/portwright.ts";
import { failingLog, Spool } from "../tracker/spool.ts";
import { createSshd, type Sshd } from "./sshd.ts";

let dir: string;
let sshd: Sshd;
let store: Store;
let far: Spool;
let mirror: string;
let told: (string | null)[];
let running: FarBuilder[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-far-"));
  sshd = await createSshd(join(dir, "ssh"));
  store = openStore({ dir: join(dir, "state"), now: () => Date.now() });
  far = new Spool(join(dir, "far", "evidence"));
  mirror = join(dir, "mirror");
  [told, running] = [[], []];
});
afterEach(async () => {
  for (const one of running) await one.stop();
  await sshd.stop();
  store.close();
  await rm(dir, { recursive: true });
});

/** A far builder whose pauses are as short as they can be. */
function builder(ssh: SshOptions = sshd.ssh): FarBuilder {
  const spool = remoteSpool({ name: "box", ssh, evidence: far.dir, mirror });
  const parts = { ...far.parts(store), spool, reports: new Reports(spool, () => []), builder: "box" };
  const onError = (error: unknown) => {
    throw error;
  };
  const intake = createIntake({ ...parts, onError });
  const made = createFarBuilder({
    ...{ spool, address: "box", intake, now: () => Date.now(), random: () => 0.5 },
    reconciler: createReconciler({ ...parts, lockTest: null, takeJournal: () => intake.poll(), onError }),
    sleep: () => new Promise((resolve) => setTimeout(resolve, 20)),
    onChange: (problem) => told.push(problem),
  });
  running.push(made);
  return made;
}

const run = { run: "R1", profile: "main" };
const start = { ev: "run_start", ...run, target: "@main", t: "1700000000" };
const port = (ev: string, origin: string, more: Record<string, string> = {}) => ({
  ...{ ev, ...run, origin, flavor: "", pkgname: "p-1.pkg", ...more },
});
const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 40_000, interval: 20 });
const results = () => store.results("box:R1").map(({ origin, kind }) => `${origin} ${kind}`);

test("evidence of a far builder is taken as if it were here, and nothing of it stays in the mirror", async () => {
  far.write(start);
  const big = Array.from({ length: 60_000 }, (_, n) => `line ${n} of a long log\n`).join("");
  const ref = far.bundle("R1", "devel/bad", {
    "logs/full.log.gz": gzipSync(`${big}${failingLog("gone")}`, { level: 0 }),
  });
  far.write(port("failure", "devel/bad", { bundle: ref, phase: "build" }));
  far.write(port("success", "devel/good"));
  const made = builder();
  made.start();
  await until(() => results().length === 2);
  expect(results()).toEqual(["devel/bad failed", "devel/good built"]);
  expect(store.run("box:R1")).toMatchObject({ builder: "box", target: "@main", state: "active" });
  const found = store.caseOf("@main", "devel/bad", "");
  expect(found).toMatchObject({ classification: "compile-error", cause: expect.stringContaining("gone") });
  const bundle = store.bundle(found?.bundleId ?? "");
  expect(bundle?.problems).toEqual([]);
  expect(bundle?.artifacts.map(({ name }) => name).sort()).toEqual([
    ...["logs/errors.txt", "logs/full.log", "meta.txt", "port/Makefile"],
  ]);
  const log = bundle?.artifacts.find(({ name }) => name === "logs/full.log");
  expect(log?.bytes).toBe(big.length + failingLog("gone").length);
  await until(() => !existsSync(mirror));
  expect(made.status()).toMatchObject({ state: "connected", problem: null, damaged: 0 });
  // The journal's size is told by the look after the one that read it.
  await until(() => made.status().offset === made.status().bytes);
});

test("a state is held against a far builder's journal", async () => {
  far.write(start);
  for (const name of "abc") far.write(port("success", `devel/${name}`));
  builder().start();
  await until(() => results().length === 3);
  await running.pop()?.stop();
  const problems = () => {
    const spool = remoteSpool({ name: "box", ssh: sshd.ssh, evidence: far.dir, mirror });
    const signal = new AbortController().signal;
    return checkJournals(join(dir, "state"), { signal, onProgress: () => {}, far: [spool] });
  };
  expect(await problems()).toEqual([]);
  const db = new Database(join(dir, "state", "state.db"));
  db.exec("delete from results where origin = 'devel/b'");
  db.exec("delete from events where type = 'result/recorded' and payload ->> 'origin' = 'devel/b'");
  db.close();
  const journal = `box: ${far.journal}`;
  const missing = `${journal}: 1 results of it are not in the state`;
  expect(await problems()).toEqual([missing]);
  const { host, port: sshPort, user, identityFile, knownHosts } = sshd.ssh;
  const ssh = { host, port: sshPort, user, identityFile, knownHosts: knownHosts[0] };
  const config = { builders: [{ name: "box", ssh, evidence: far.dir }] };
  await writeFile(join(dir, "state", "portwright.json"), JSON.stringify(config));
  await using sandbox = await makeSandbox();
  const check = (...words: string[]) =>
    sandbox.run(["--state", join(dir, "state"), "--json", "state", "check", ...words]);
  expect((await check()).code).toBe(0);
  const told = await check("--builders");
  expect([told.code, JSON.parse(told.stdout).problems]).toEqual([1, [missing]]);
  truncateSync(far.journal, 10);
  expect(await problems()).toEqual([expect.stringMatching(/^box: .* and it has 10; it was cut$/)]);
  await sshd.stop();
  await expect(problems()).rejects.toBeInstanceOf(RemoteError);
});

test("a broken connection is made anew and goes on where it was, also in another server", async () => {
  far.write(start);
  far.write(port("success", "devel/a"));
  const made = builder();
  made.start();
  await until(() => results().length === 1);
  await sshd.stop();
  far.write(port("failure", "devel/b", { bundle: far.bundle("R1", "devel/b") }));
  await until(() => made.status().state === "waiting");
  await until(() => made.status().problem?.includes(`127.0.0.1:${sshd.ssh.port} cannot be reached`) ?? false);
  expect(results()).toHaveLength(1);
  await sshd.start();
  await until(() => results().length === 2);
  expect(made.status().state).toBe("connected");
  await until(() => told.includes(null));
  await made.stop();

  far.write(port("skipped", "devel/c"));
  const before = store.lastSeq();
  builder().start();
  await until(() => results().length === 3);
  expect(store.events(before, 100, ["result/recorded"])).toHaveLength(1);
  expect(store.caseOf("@main", "devel/b", "")?.bundles).toBe(1);
});

test("a journal that another took the place of is read from its start, and counts nothing twice", async () => {
  for (const origin of ["devel/a", "devel/b"]) far.write(port("success", origin));
  const made = builder();
  made.start();
  await until(() => results().length === 2);
  await rm(far.journal);
  for (const origin of ["devel/z", "devel/b", "devel/c"]) far.write(port("success", origin));
  await until(() => results().length === 4);
  expect(store.run("box:R1")?.counts.built).toBe(4);
});

test("runs of a far builder and of this host do not touch each other, whatever the far one calls them", async () => {
  const here = new Spool(join(dir, "here"));
  here.write({ ...start });
  const local = here.intake(store, () => {});
  await local.poll();
  far.write({ ...start, t: "1700000500" });
  far.write({ ev: "run_end", ...run, built: "5" });
  far.write({ ...start, run: "R2", interrupted: "R1", t: "1700000900" });
  builder().start();
  await until(() => store.run("box:R2") !== null);
  expect(store.run("R1")?.state).toBe("active");
  expect(store.run("box:R1")?.state).toBe("finished");
  await local.stop();
});

test("what its hooks missed is found over there too, and its slots are shown", async () => {
  const logs = join(dir, "far", "logs");
  await mkdir(join(logs, "Report"), { recursive: true });
  await mkdir(join(far.dir, "runs", "R1"), { recursive: true });
  await writeFile(join(far.dir, "runs/R1/start.txt"), `run=R1\ndir_logs=${logs}\n`);
  await writeFile(join(far.dir, "runs/current.main"), "R1 1 1\n");
  far.write(start);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await writeFile(
    join(logs, "Report/summary.json"),
    '{"profile":"main","active":1,"stats":{"queued":3,"built":1},"builders":[{"ID":"00","phase":"build","origin":"x/y","lines":"7","elapsed":" 00:00:09"}]}',
  );
  await writeFile(join(logs, "02_failure_list.log"), "[001] FAILURE devel/bad   build 00:00:05\n");
  await writeFile(join(logs, "devel___bad.log"), failingLog("there"));
  const made = builder();
  made.start();
  await until(() => made.live().length === 1);
  expect(made.live()[0]?.slots).toEqual([
    { slot: "00", origin: "x/y", flavor: "", phase: "build", lines: 7, seconds: 9 },
  ]);
  await mkdir(join(far.dir, "runs/R1/lists"));
  far.write({ ev: "run_end", ...run, failed: "1" });
  await until(() => store.run("box:R1")?.state === "finished");
  expect(results()).toEqual(["devel/bad failed"]);
  expect(store.caseOf("@main", "devel/bad", "")?.cause).toContain("there");
});

const refused = async (ssh: SshOptions) => {
  const made = builder(ssh);
  made.start();
  await until(() => made.status().problem !== null);
  await made.stop();
  expect(store.lastSeq()).toBe(0);
  return made.status();
};

test("a host whose key is not known, or has changed, or is revoked is refused with its fingerprint and the remedy", async () => {
  const { port: number } = sshd.ssh;
  const known = (text: string) => writeFile(join(dir, "known"), text);
  const ssh = { ...sshd.ssh, knownHosts: [join(dir, "known"), join(dir, "absent")] };
  const name = `[127.0.0.1]:${number}`;
  await known(`other.example ${sshd.hostKey}\n`);
  const unknown = await refused(ssh);
  expect(unknown.state).toBe("refused");
  expect(unknown.problem).toMatch(/is not known \(SHA256:[A-Za-z0-9+/]{43}\).*ssh-keygen -lf/);
  const another = `${sshd.hostKey.slice(0, -10)}AAAAAAAAAA`;
  await known(`${name} ${another}\n`);
  const changed = await refused(ssh);
  expect(changed.problem).toMatch(/has changed: it shows SHA256:.*ssh-keygen -R/);
  await known(`${name} ${sshd.hostKey}\n@revoked ${name} ${sshd.hostKey}\n`);
  expect((await refused(ssh)).problem).toMatch(/revoked/);
});

test("a host is known by a hashed entry", async () => {
  const salt = randomBytes(20);
  const name = `[127.0.0.1]:${sshd.ssh.port}`;
  const hash = createHmac("sha1", salt).update(name).digest("base64");
  await writeFile(join(dir, "known"), `|1|${salt.toString("base64")}|${hash} ${sshd.hostKey}\n`);
  far.write(port("success", "devel/a"));
  builder({ ...sshd.ssh, knownHosts: [join(dir, "known")] }).start();
  await until(() => results().length === 1);
});

test("a login that is not accepted, and a key that is none, say what to do", async () => {
  const key = join(dir, "key");
  await writeFile(key, "no key\n", { mode: 0o600 });
  expect(await refused({ ...sshd.ssh, identityFile: key })).toMatchObject({
    state: "refused",
    problem: expect.stringMatching(/without a passphrase/),
  });
  expect((await refused({ ...sshd.ssh, identityFile: join(dir, "ssh/host") })).problem).toMatch(
    /does not accept/,
  );
  expect((await refused({ ...sshd.ssh, identityFile: join(dir, "absent") })).problem).toMatch(
    /cannot be read/,
  );
  expect((await refused({ ...sshd.ssh, identityFile: undefined })).problem).toMatch(/SSH_AUTH_SOCK/);
});

test("links and odd names in a far bundle lead nowhere, and what is too large is left there", async () => {
  const ref = far.bundle("R1", "devel/bad", { "port/large": Buffer.alloc((1 << 20) + 1) });
  await symlink("/etc", join(far.dir, "bundles", ref, "port/files"));
  await symlink("/etc/passwd", join(far.dir, "bundles", ref, "port/distinfo"));
  far.write(port("failure", "devel/bad", { bundle: ref }));
  far.write(port("failure", "devel/gone", { bundle: "R1/devel___gone.1" }));
  far.write(port("failure", "devel/odd", { bundle: "../../etc" }));
  builder().start();
  await until(() => results().length === 3);
  const names = (origin: string) => {
    const found = store.caseOf("main", origin, "");
    return store.bundle(found?.bundleId ?? "");
  };
  expect(
    names("devel/bad")
      ?.artifacts.map(({ name }) => name)
      .filter((name) => name.startsWith("port/")),
  ).toEqual(["port/Makefile"]);
  expect(names("devel/gone")?.problems.join()).toMatch(/does not exist on the builder's host/);
  expect(names("devel/odd")?.problems.join()).toMatch(/no possible bundle/);
  expect(readdirSync(dir).sort()).not.toContain("etc");
});

test("questions without a connection are refused at once", async () => {
  const spool = remoteSpool({ name: "box", ssh: sshd.ssh, evidence: far.dir, mirror });
  await expect(spool.readJournal({ offset: 0 }, 1)).rejects.toBeInstanceOf(RemoteError);
  await spool.connect(new AbortController().signal);
  const asked = spool.files.names(far.dir);
  expect(await asked).toEqual(["bundles", "journal", "tmp"]);
  await sshd.stop();
  await expect(spool.files.stat(far.journal)).rejects.toBeInstanceOf(RemoteError);
  spool.disconnect();
});
