import { execFileSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ServerConfig } from "../../../server/src/config/config.ts";
import { createDelivery, type DeliveryService } from "../../../server/src/delivery/delivery.ts";
import { createPush, type PushService } from "../../../server/src/delivery/push.ts";
import type { Case, Proof } from "../../../server/src/protocol/index.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import {
  sampleAttempt,
  sampleBundle,
  sampleCase,
  sampleJob,
  sampleProof,
  sampleRun,
} from "../../fixtures/states/entities.ts";

export const origin = "devel/one";
export const folder = `ports/${origin}`;
/** Lines far enough from each other for two hunks. */
const makefile = ["USES+=\tgmake  ", ...Array.from({ length: 12 }, (_, n) => `# ${n}`), "X=\t1"];
const lines = (text: readonly string[]) => `${text.join("\n")}\n`;

const now = Date.UTC(2026, 0, 31, 23, 59, 59);

/** An operator's repository, with nothing of the tester's own git settings. */
export function runGit(repository: string, ...args: string[]): string {
  const identity = { GIT_AUTHOR_NAME: "Op", GIT_AUTHOR_EMAIL: "op@example.org" };
  const committer = { GIT_COMMITTER_NAME: "Op", GIT_COMMITTER_EMAIL: "op@example.org" };
  return execFileSync("git", ["-C", repository, ...args], {
    encoding: "utf8",
    env: { ...process.env, ...identity, ...committer, GIT_CONFIG_GLOBAL: "/dev/null" },
    stdio: ["ignore", "pipe", "pipe"],
  }).trimEnd();
}

export function write(repository: string, name: string, text: string): void {
  mkdirSync(dirname(join(repository, name)), { recursive: true });
  writeFileSync(join(repository, name), text);
}

export function commitAll(repository: string, message: string): string {
  runGit(repository, "add", "-A");
  runGit(repository, "commit", "-q", "--no-verify", "-m", message);
  return runGit(repository, "rev-parse", "HEAD");
}

/** The diff that leads from HEAD to what `change` leaves in the work tree, which is put back. */
export function diffOf(repository: string, change: () => void): string {
  change();
  runGit(repository, "add", "-A", "-N", "--", ".");
  const diff = `${runGit(repository, "diff", "--no-renames", "--binary", "HEAD")}\n`;
  runGit(repository, "reset", "-q", "--hard");
  runGit(repository, "clean", "-fdq");
  return diff;
}

/** Everything of the operator's that a delivery may not touch. */
export function fingerprint(repository: string): unknown {
  const hash = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
  const files = readdirSync(repository, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes(".git"))
    .map((entry) => join(entry.parentPath, entry.name));
  return {
    files: files.sort().map((path) => [path, hash(path)]),
    index: hash(join(repository, ".git/index")),
    head: readFileSync(join(repository, ".git/HEAD"), "utf8"),
    config: hash(join(repository, ".git/config")),
    status: runGit(repository, "status", "--porcelain", "--untracked-files=all"),
    branch: runGit(repository, "rev-parse", "HEAD"),
  };
}

export interface Bench extends AsyncDisposable {
  root: string;
  repository: string;
  store: Store;
  delivery: DeliveryService;
  /** Records a proof of the diff, and the case as accepted with it. */
  accept(diff: string, changes?: { case?: Partial<Case>; proof?: Partial<Proof> }): Promise<Proof>;
  /** Another service on the same state, with other settings. */
  configured(config: object, env?: Record<string, string>): DeliveryService;
  /** What pushes the case to a forge, with that token, as ann. */
  pushing(forge: object, token?: string, more?: { timeoutMs?: number }): PushService;
  subject(): Case;
  deliveredBranches(): string[];
}

/** In a new folder, or one that is given and that has neither repository nor state. */
export async function createBench(
  root: string = mkdtempSync(join(tmpdir(), "portwright-delivery-")),
): Promise<Bench> {
  const repository = join(root, "DeltaPorts");
  mkdirSync(repository);
  runGit(repository, "init", "-q", "-b", "main");
  write(repository, `${folder}/Makefile.DragonFly`, lines(makefile));
  write(repository, `${folder}/dragonfly/patch-old`, "--- a.c\n+++ a.c\n@@ -1 +1 @@\n-a\n+b\n");
  commitAll(repository, "Begin");
  return openBench(root);
}

/** On a place that is there already, as a server that starts again. */
export function openBench(root: string): Bench {
  const repository = join(root, "DeltaPorts");
  const stateDir = join(root, "state");
  const store = openStore({ dir: stateDir, now: () => now });
  const configured = (delivery: object, env: Record<string, string> = {}) =>
    createDelivery({
      ...{ store, stateDir, version: "9.9.9", env, now: () => now, newId: randomUUID },
      config: ServerConfig.parse({
        delivery: { repository, author: "Ann Porter <ann@example.org>", ...delivery },
      }),
    });
  const pushing: Bench["pushing"] = (forge, token = "", more = {}) =>
    createPush({
      ...{ store, stateDir, env: {}, now: () => now, newId: randomUUID, tokenOf: () => token, ...more },
      config: ServerConfig.parse({ delivery: { repository, forge } }),
    });
  const subject = () => store.case("case-1") as Case;
  return {
    ...{ root, repository, store, configured, pushing, subject, delivery: configured({}) },
    async accept(diff, changes = {}) {
      const diffSha256 = await store.blobs.put(Buffer.from(diff));
      const trees = { DeltaPorts: runGit(repository, "rev-parse", "HEAD"), "freebsd-ports": "f".repeat(40) };
      const id = `proof-${store.proofsOf("case-1").length + 1}`;
      const proof = sampleProof({ id, diffSha256, trees, ...changes.proof });
      const subject = sampleCase({ state: "accepted", diffSha256, proofId: id, ...changes.case });
      store.append([
        { type: "run/changed", payload: sampleRun() },
        { type: "bundle/added", payload: sampleBundle({ origin: subject.origin, flavor: subject.flavor }) },
        { type: "case/changed", payload: subject },
        { type: "job/changed", payload: sampleJob() },
        {
          type: "attempt/changed",
          payload: sampleAttempt({ outcome: "fixed", summary: "Use gmake. It is needed.", diffSha256 }),
        },
        { type: "proof/recorded", payload: proof },
      ]);
      return proof;
    },
    deliveredBranches: () =>
      runGit(repository, "for-each-ref", "--format=%(refname:short)", "refs/heads/agentic")
        .split("\n")
        .filter(Boolean),
    async [Symbol.asyncDispose]() {
      store.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** A fix with two hunks of one file, a new file with tabs and blanks at ends, and a deleted one. */
export const wideFix = (repository: string): string =>
  diffOf(repository, () => {
    const changed = ["USES+=\tgmake pkgconfig\t ", ...makefile.slice(1, -1), "X=\t2 "];
    write(repository, `${folder}/Makefile.DragonFly`, lines(changed));
    write(
      repository,
      `${folder}/dragonfly/patch-new.c`,
      "--- n.c\n+++ n.c\n@@ -1 +1 @@\n-\ta \n+\tb\t\nno end",
    );
    execFileSync("rm", [join(repository, folder, "dragonfly/patch-old")]);
  });

export const smallFix = (repository: string, line = "Y=\t1"): string =>
  diffOf(repository, () => write(repository, `${folder}/Makefile.DragonFly`, lines([line, ...makefile])));
