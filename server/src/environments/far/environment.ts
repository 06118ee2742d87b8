import { createReadStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Environment, EnvironmentFiles, ExecResult, HostCommand } from "../types.ts";
import type { CallName, CallParams, CallResult, Opened } from "./calls.ts";
import type { Link } from "./link.ts";

export interface FarParts {
  name: string;
  opened: Opened;
  call: Link["call"];
  /** Folder of this host for its logs while they are written. */
  logs: string;
  shell(env: Readonly<Record<string, string>>): HostCommand;
  /** How that host is reached, for a plan. */
  way: string;
  destroy(): Promise<void>;
}

const logPieceBytes = 256 * 1024;

/** An environment of another host. Paths, confinement and isolation are that host's; logs are written here and taken there. */
export function farEnvironment(parts: FarParts): Environment {
  const { name, opened, call } = parts;
  const composed: Record<string, string> = { ...opened.composed };
  const ask = <C extends CallName>(what: C, params: Omit<CallParams<C>, "name">): Promise<CallResult<C>> =>
    call(what, { name, ...params } as CallParams<C>);

  return {
    ...{
      name,
      kind: "ssh",
      farKind: opened.kind,
      target: opened.target,
      root: opened.root,
      commits: opened.commits,
    },
    files: farFiles(ask),
    async exec({ signal, onOutput, ...request }) {
      if (signal?.aborted) return cancelled;
      return call("exec", { name, ...request, argv: [...request.argv] }, { signal, onOutput });
    },
    async compose(origin) {
      const { recorded, ...result } = await ask("compose", { origin });
      composed[origin] = recorded ?? "";
      return result;
    },
    composedInput: (origin) => composed[origin] || null,
    currentInput: async (origin) => (await ask("currentInput", { origin })).hash,
    clean: async () => void (await ask("clean", {})),
    diff: async () => (await ask("diff", {})).text,
    applyDiff: async (text) => void (await ask("applyDiff", { text })),
    hostPath: async (path) => (await ask("hostPath", { path })).path,
    async keepLog(log) {
      await mkdir(parts.logs, { recursive: true, mode: 0o700 });
      const path = join(parts.logs, log);
      const kept = async () => {
        let offset = 0;
        const take = async (data: Buffer) => {
          await ask("keepLog", { log, offset, data: data.toString("base64") });
          offset += data.length;
        };
        for await (const piece of createReadStream(path, { highWaterMark: logPieceBytes })) await take(piece);
        if (offset === 0) await take(Buffer.alloc(0));
      };
      return { path, kept };
    },
    // No isolating kind shows a path of its host inside.
    toWorkPaths: (text) => text,
    shell: async (env) => parts.shell(env),
    async plan(request, platform) {
      const { text } = await ask("plan", { ...request, argv: [...request.argv], platform });
      return `# by ${parts.way}\n${text}`;
    },
    destroy: parts.destroy,
  };
}

const cancelled: ExecResult = {
  ...{ exitCode: null, timedOut: false, cancelled: true },
  ...{ output: Buffer.alloc(0), truncated: false, durationMs: 0 },
};

type Ask = <C extends CallName>(what: C, params: Omit<CallParams<C>, "name">) => Promise<CallResult<C>>;

function farFiles(ask: Ask): EnvironmentFiles {
  return {
    stat: (path) => ask("stat", { path }),
    read: async (path, maxBytes) => (await ask("read", { path, maxBytes })).data,
    readRange: (path, offset, length) => ask("readRange", { path, offset, length }),
    isLocked: async (path) => (await ask("isLocked", { path })).locked,
    list: (path, limit) => ask("list", { path, limit }),
    write: async (path, content) =>
      void (await ask("write", { path, data: Buffer.from(content).toString("base64") })),
    remove: async (path) => void (await ask("remove", { path })),
  };
}
