import { z } from "zod";
import { Check, EnvironmentInfo, EnvironmentPreview } from "../entities/environments.ts";
import { Empty, type MethodTable } from "./shared.ts";

const EnvironmentName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "at most 40 lower-case letters, digits and hyphens, no hyphen first");
const NewEnvironment = z.object({ name: EnvironmentName, target: z.string().optional() });
/** Whose kind `chroot` is shown. */
const Platform = z.enum(["linux", "dragonfly", "freebsd"]);
const EnvironmentRef = z.object({ name: z.string() });
/** Inside an environment, e.g. `/work/DeltaPorts/ports/devel/readline`. */
const EnvironmentPath = z.string().startsWith("/work").max(4096);

export const environmentMethods = {
  "env/list": [Empty, z.object({ environments: z.array(EnvironmentInfo) })],
  "env/create": [NewEnvironment, EnvironmentInfo],
  /** What `env/create` would make; refused where that would be. Nothing is made. */
  "env/preview": [NewEnvironment.extend({ platform: Platform.optional() }), EnvironmentPreview],
  /** With size on disk, and whether what it is made of is still there. */
  "env/status": [EnvironmentRef, EnvironmentInfo],
  /**
   * Makes it anew at the commits that the source trees are at; nothing changes when it is there already. Refused while
   * DeltaPorts has edits there, unless `force` drops them.
   */
  "env/update": [
    EnvironmentRef.extend({ force: z.boolean().default(false) }),
    z.object({
      environment: EnvironmentInfo,
      changes: z.array(z.object({ tree: z.string(), before: z.string(), after: z.string() })),
    }),
  ],
  /** Drops edits, work directories and logs; the commits stay. */
  "env/reset": [EnvironmentRef, EnvironmentInfo],
  "env/destroy": [EnvironmentRef, Empty],
  /**
   * No terminal, no input, no network; ended as a group when the request is cancelled. `progress` brings the output,
   * all of it and as it comes; `output` is its beginning and its end.
   */
  "env/exec": [
    EnvironmentRef.extend({
      argv: z.array(z.string()).min(1).max(1000),
      cwd: EnvironmentPath.optional(),
      timeoutMs: z
        .int()
        .positive()
        .max(24 * 60 * 60_000)
        .default(600_000),
    }),
    z.object({
      /** null when a signal ended it. */
      exitCode: z.int().nullable(),
      timedOut: z.boolean(),
      output: z.string(),
      truncated: z.boolean(),
    }),
  ],
  /**
   * Composes a port there and builds it as an attempt (or a proof) does; refused as badState where it does not compose. `progress`
   * brings the log as it grows. With `dryRun` nothing is done, and `plan` tells what the builder would run.
   */
  "env/build": [
    EnvironmentRef.extend({
      origin: z.string(),
      flavor: z.string().max(100).default(""),
      use: z.enum(["attempts", "proofs"]).default("attempts"),
      dryRun: z.boolean().default(false),
    }),
    z.object({
      builder: z.string(),
      plan: z
        .object({
          steps: z.array(z.object({ argv: z.array(z.string()), network: z.boolean() })),
          log: z.string(),
        })
        .nullable(),
      build: z
        .object({
          passed: z.boolean(),
          /** null when it passed, or when no phase began. */
          failedPhase: z.string().nullable(),
          timedOut: z.boolean(),
          durationMs: z.int().nonnegative(),
          /** In the environment. */
          log: z.string(),
        })
        .nullable(),
      /** Parts of the overlay that had no effect; absent for none. */
      skipped: z.array(z.object({ file: z.string(), why: z.string() })).optional(),
    }),
  ],
  /** What a client on the server's host runs for a shell inside, in a terminal made for it alone. `env` is all it gets. */
  "env/shell": [
    EnvironmentRef.extend({
      term: z
        .string()
        .regex(/^[A-Za-z0-9._+-]{1,64}$/)
        .default("dumb"),
    }),
    z.object({
      argv: z.array(z.string()).min(1),
      cwd: z.string(),
      env: z.record(z.string(), z.string()),
    }),
  ],
  /** What the host would run for such a command, as text for people; nothing is done. `platform`: as kind `chroot` there. */
  "env/plan": [
    EnvironmentRef.extend({
      argv: z.array(z.string()).min(1).max(1000),
      cwd: EnvironmentPath.optional(),
      network: z.boolean().default(false),
      platform: Platform.optional(),
    }),
    z.object({ text: z.string() }),
  ],
  /** `fix` first clears away what killed servers left: `cleared` names it. */
  "env/doctor": [
    z.object({ fix: z.boolean().default(false) }),
    z.object({ checks: z.array(Check), cleared: z.array(z.string()).optional() }),
  ],
  /** Refused as notFound where nothing is. */
  "env/stat": [
    EnvironmentRef.extend({ path: EnvironmentPath }),
    z.object({ type: z.enum(["file", "directory", "other"]), bytes: z.int() }),
  ],
  "env/readDirectory": [
    EnvironmentRef.extend({ path: EnvironmentPath }),
    z.object({
      /** Directories end with `/`. */
      entries: z.array(z.string()),
      truncated: z.boolean(),
    }),
  ],
  /** At most 256 KiB of a file, base64; `bytes` is the size of the whole. */
  "env/read": [
    EnvironmentRef.extend({
      path: EnvironmentPath,
      offset: z.int().nonnegative().default(0),
      length: z.int().min(1).max(262144).default(262144),
    }),
    z.object({ data: z.string(), bytes: z.int(), eof: z.boolean() }),
  ],
  /**
   * Where a path that a build log names lies in an environment of the target. The sources are extracted and patched there
   * when they are not yet, with progress; refused, with the remedy, when the target has no environment of a person.
   */
  "env/source": [
    z.object({
      target: z.string(),
      origin: z.string(),
      flavor: z.string().default(""),
      path: z.string().min(1).max(4096),
    }),
    z.object({ environment: z.string(), path: z.string() }),
  ],
} as const satisfies MethodTable;
