import { randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { intakeBundle } from "../../../server/src/evidence/bundle.ts";
import { localSpool } from "../../../server/src/evidence/spool.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { createIntake, type Intake } from "../../../server/src/tracker/intake.ts";
import { recentRunsOf } from "../../../server/src/tracker/reconcile.ts";
import { Reports } from "../../../server/src/tracker/reports.ts";

/** A log that fails in its build phase; `symbol` makes another cause of it. */
export function failingLog(symbol: string): string {
  return [
    "===>  Building for one-1.0",
    "cc -O2 -c main.c -o main.o",
    `main.c:12:3: error: use of undeclared identifier '${symbol}'`,
    "1 error generated.",
    "*** Error code 1",
    "",
  ].join("\n");
}

/** Writes evidence as the hooks do, in the form that hooks/README.md gives. */
export class Spool {
  readonly dir: string;
  readonly journal: string;

  constructor(dir: string) {
    this.dir = dir;
    this.journal = join(dir, "journal", "events.log");
    for (const folder of ["journal", "bundles", "tmp"]) mkdirSync(join(dir, folder), { recursive: true });
  }

  static line(fields: Record<string, string>): string {
    const body = Object.entries(fields).map(([key, value]) => `${key}=${value}`);
    return `${["PW1", ...body, "."].join("\t")}\n`;
  }

  write(fields: Record<string, string>): void {
    appendFileSync(this.journal, Spool.line(fields));
  }

  /** Puts a bundle in place; its `RUN/BUNDLE`. */
  bundle(run: string, origin: string, files: Record<string, string | Buffer> = {}): string {
    const name = `${origin.replace("/", "___")}.1`;
    const aside = join(this.dir, "tmp", `${run}.${name}`);
    const meta = {
      schema: "1",
      run,
      profile: "main",
      origin,
      flavor: "",
      pkgname: "p-1.pkg",
      phase: "build",
      captured: "1700000050",
    };
    const all = {
      "meta.txt": Object.entries(meta)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(""),
      "logs/full.log.gz": gzipSync(failingLog("foo")),
      "logs/errors.txt": "extract\n",
      "port/Makefile": "PORTNAME=\tone\n",
      ...files,
    };
    for (const [path, content] of Object.entries(all)) {
      mkdirSync(join(aside, path, ".."), { recursive: true });
      writeFileSync(join(aside, path), content);
    }
    mkdirSync(join(this.dir, "bundles", run), { recursive: true });
    renameSync(aside, join(this.dir, "bundles", run, name));
    return `${run}/${name}`;
  }

  intake(store: Store, onError: (error: unknown) => void, pollEvery?: number): Intake {
    return createIntake({ ...this.parts(store), onError, ...(pollEvery ? { pollEvery } : {}) });
  }

  /** What an intake and a reconciler of this evidence share. */
  parts(store: Store) {
    const spool = localSpool(this.dir);
    return {
      ...{ store, spool, reports: new Reports(spool, recentRunsOf(store)), intakeBundle },
      ...{ now: () => Date.now(), newId: () => randomUUID(), targets: {} },
    };
  }
}
