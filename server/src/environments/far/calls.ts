import { z } from "zod";
import { Check, EnvironmentInfo, EnvironmentKind, EnvironmentPreview } from "../../protocol/index.ts";
import { Owner } from "./owners.ts";

/** Both sides must have the same. */
export const lendingVersion = 2;

const Bytes = z.string().transform((text) => Buffer.from(text, "base64"));
const Name = z.object({ name: z.string() });
const Path = Name.extend({ path: z.string() });
const Nothing = z.object({});
const Hash = z.string().nullable();
const Commits = z.object({ "freebsd-ports": z.string(), DeltaPorts: z.string() });
/** What keeps nothing apart is never lent. */
const LentKind = EnvironmentKind.exclude(["plain", "ssh"]);
const Opened = z.object({
  kind: LentKind,
  target: z.string(),
  root: z.string(),
  commits: Commits,
  /** Origins composed there, with the hash of their input. */
  composed: z.record(z.string(), z.string()),
});
export type Opened = z.output<typeof Opened>;

const Composed = z.object({
  origin: z.string(),
  applied: z.array(z.string()),
  skipped: z.array(z.object({ file: z.string(), why: z.string() })),
  rejects: z.array(z.object({ file: z.string(), hunks: z.string() })),
  inputSha256: z.string(),
});

const Platform = z.enum(["linux", "dragonfly", "freebsd"]).optional();

const Command = Name.extend({
  argv: z.tuple([z.string()], z.string()),
  cwd: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
  network: z.boolean().optional(),
});

const call = <P extends z.ZodType, R extends z.ZodType>(params: P, result: R) => ({ params, result });

/** What one host may ask of another that lends it environments. Bytes travel in base64. */
export const calls = {
  /** The first one; what the builders of the asking host run has to be there and to be seen inside. */
  begin: call(
    z.object({
      version: z.literal(lendingVersion),
      owner: Owner,
      programs: z.array(z.object({ name: z.string(), command: z.string(), setting: z.string() })),
      builder: z.object({ make: z.string().optional(), operatingSystem: z.string() }),
    }),
    z.object({ kind: EnvironmentKind }),
  ),
  alive: call(Nothing, Nothing),
  heads: call(Nothing, Commits),
  create: call(Name.extend({ target: z.string() }), Opened),
  preview: call(Name.extend({ target: z.string(), platform: Platform }), EnvironmentPreview),
  open: call(Name, Opened),
  all: call(Nothing, z.array(EnvironmentInfo)),
  status: call(Name, EnvironmentInfo),
  update: call(
    Name.extend({ force: z.boolean() }),
    z.array(z.object({ tree: z.string(), before: z.string(), after: z.string() })),
  ),
  reset: call(Name, Nothing),
  destroy: call(Name, Nothing),
  doctor: call(Nothing, z.array(Check)),
  ready: call(Nothing, Nothing),
  clearLeftovers: call(Nothing, z.array(z.string())),
  exec: call(
    Command.extend({ timeoutMs: z.number(), maxOutputBytes: z.number().optional() }),
    z.object({
      exitCode: z.int().nullable(),
      timedOut: z.boolean(),
      cancelled: z.boolean(),
      output: Bytes,
      truncated: z.boolean(),
      durationMs: z.number(),
    }),
  ),
  plan: call(Command.extend({ platform: Platform }), z.object({ text: z.string() })),
  compose: call(Name.extend({ origin: z.string() }), Composed.extend({ recorded: Hash })),
  currentInput: call(Name.extend({ origin: z.string() }), z.object({ hash: z.string() })),
  clean: call(Name, Nothing),
  diff: call(Name, z.object({ text: z.string() })),
  applyDiff: call(Name.extend({ text: z.string() }), Nothing),
  hostPath: call(Path, z.object({ path: z.string() })),
  /** A piece of a log for /work/logs; the one at offset 0 begins it anew. */
  keepLog: call(Name.extend({ log: z.string(), offset: z.int(), data: Bytes }), Nothing),
  stat: call(Path, z.object({ type: z.enum(["file", "directory", "other"]), bytes: z.number() }).nullable()),
  read: call(Path.extend({ maxBytes: z.number().optional() }), z.object({ data: Bytes })),
  readRange: call(
    Path.extend({ offset: z.number(), length: z.number() }),
    z.object({ data: Bytes, bytes: z.number(), inode: z.number() }),
  ),
  isLocked: call(Path, z.object({ locked: z.boolean().nullable() })),
  list: call(
    Path.extend({ limit: z.number().optional() }),
    z.object({ entries: z.array(z.string()), truncated: z.boolean() }),
  ),
  write: call(Path.extend({ data: Bytes }), Nothing),
  remove: call(Path, Nothing),
} as const;

type Calls = typeof calls;
export type CallName = keyof Calls;
/** As the asking side gives them, and as the other one gets them. */
export type CallParams<C extends CallName> = z.input<Calls[C]["params"]>;
export type TakenParams<C extends CallName> = z.output<Calls[C]["params"]>;
export type CallAnswer<C extends CallName> = z.input<Calls[C]["result"]>;
export type CallResult<C extends CallName> = z.output<Calls[C]["result"]>;

/** From the host that asks. */
export const Asked = z.union([
  z.object({ id: z.int(), call: z.string(), params: z.unknown() }),
  z.object({ cancel: z.int() }),
  /** Output of that call was taken, and more may come. */
  z.object({ taken: z.int() }),
]);

/** From the host that lends. */
export const Answered = z.union([
  z.object({ id: z.int(), output: Bytes }),
  z.object({
    id: z.int(),
    error: z.object({ reason: z.string(), message: z.string(), checks: z.array(Check).optional() }),
  }),
  z.object({ id: z.int(), result: z.unknown() }),
]);
