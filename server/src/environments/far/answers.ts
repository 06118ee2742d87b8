import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { EnvironmentError } from "../errors.ts";
import { readMetadata } from "../metadata.ts";
import { readableFileMode } from "../readable.ts";
import type { Environment, EnvironmentManager } from "../types.ts";
import type { CallAnswer, CallName, Opened, TakenParams } from "./calls.ts";

/** A call that is being answered. */
export interface Call {
  signal: AbortSignal;
  /** Resolves once the other side has taken it. */
  output(chunk: Uint8Array): Promise<void>;
}

export interface Lent {
  manager: EnvironmentManager;
  /** Commits that the source trees are at. */
  heads(): Promise<CallAnswer<"heads">>;
  /** Is told of every message. */
  heard(): void;
}

type LentCall = Exclude<CallName, "begin" | "alive">;
export type Answerers = {
  [C in LentCall]: (params: TakenParams<C>, call: Call) => Promise<CallAnswer<C>>;
};

/** What each call does with the environments of this host. */
export function createAnswerers({ manager, heads }: Pick<Lent, "manager" | "heads">): Answerers {
  const opened = new Map<string, Environment>();

  async function keep(environment: Environment): Promise<Opened> {
    const { name, kind, target, root, commits } = environment;
    if (kind === "plain" || kind === "ssh")
      throw new EnvironmentError("unavailable", `an environment of kind ${kind} is not lent`);
    opened.set(name, environment);
    return { kind, target, root, commits, composed: (await readMetadata(root, name)).composed };
  }
  /** One object a name, as each keeps its own turns. */
  async function lent({ name }: { name: string }): Promise<Environment> {
    const known = opened.get(name) ?? (await manager.open(name));
    opened.set(name, known);
    return known;
  }
  const files = async (params: { name: string }) => (await lent(params)).files;
  const done = async (work: Promise<unknown>) => {
    await work;
    return {};
  };
  const base64 = (bytes: Buffer) => bytes.toString("base64");

  return {
    heads,
    create: async ({ name, target }, { signal }) => keep(await manager.create({ name, target, signal })),
    preview: (order, { signal }) => manager.preview({ ...order, signal }),
    open: async ({ name }) => keep(await manager.open(name)),
    all: () => manager.list(),
    status: ({ name }, { signal }) => manager.status(name, signal),
    async update({ name, force }, { signal }) {
      const changes = await manager.update(name, { force, signal });
      opened.delete(name);
      return changes;
    },
    async reset({ name }) {
      await manager.reset(name);
      opened.delete(name);
      return {};
    },
    async destroy({ name }) {
      await manager.destroy(name);
      opened.delete(name);
      return {};
    },
    doctor: (_, { signal }) => manager.doctor(signal),
    ready: (_, { signal }) => done(manager.ready(signal)),
    clearLeftovers: () => manager.clearLeftovers(),
    async exec({ name, ...request }, { signal, output }) {
      const result = await (await lent({ name })).exec({ ...request, signal, onOutput: output });
      return { ...result, output: base64(result.output) };
    },
    plan: async ({ platform, ...request }) => ({
      text: await (await lent(request)).plan(request, platform),
    }),
    async compose({ origin, ...which }) {
      const environment = await lent(which);
      const composed = await environment.compose(origin);
      return { ...composed, recorded: environment.composedInput(origin) };
    },
    currentInput: async ({ origin, ...which }) => ({ hash: await (await lent(which)).currentInput(origin) }),
    clean: async (which) => done((await lent(which)).clean()),
    diff: async (which) => ({ text: await (await lent(which)).diff() }),
    applyDiff: async ({ text, ...which }) => done((await lent(which)).applyDiff(text)),
    hostPath: async ({ path, ...which }) => ({ path: await (await lent(which)).hostPath(path) }),
    keepLog: async ({ log, offset, data, ...which }) => done(appendLog(await lent(which), log, offset, data)),
    stat: async ({ path, ...which }) => (await files(which)).stat(path),
    read: async ({ path, maxBytes, ...which }) => ({
      data: base64(await (await files(which)).read(path, maxBytes)),
    }),
    async readRange({ path, offset, length, ...which }) {
      const { data, ...rest } = await (await files(which)).readRange(path, offset, length);
      return { data: base64(data), ...rest };
    },
    isLocked: async ({ path, ...which }) => ({ locked: await (await files(which)).isLocked(path) }),
    list: async ({ path, limit, ...which }) => (await files(which)).list(path, limit),
    write: async ({ path, data, ...which }) => done((await files(which)).write(path, data)),
    remove: async ({ path, ...which }) => done((await files(which)).remove(path)),
  };
}

async function appendLog(
  environment: Environment,
  log: string,
  offset: number,
  data: Uint8Array,
): Promise<void> {
  if (!/^[\w@+.,~-]{1,250}\.log$/.test(log))
    throw new EnvironmentError("path", `"${log.slice(0, 100)}" is no name of a log`);
  const { path } = await environment.keepLog(log);
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | (offset === 0 ? O_TRUNC : 0));
  try {
    await file.chmod(readableFileMode);
    await file.write(data, 0, data.length, offset);
  } finally {
    await file.close();
  }
}
