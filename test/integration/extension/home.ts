import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { type BuilderDefinition, readDefinitions } from "../../../extension/src/builders/definition.ts";
import type { Host } from "../../../extension/src/connection/host.ts";
import type { SshParts } from "../../../extension/src/connection/ssh/person.ts";

export interface Home extends AsyncDisposable {
  dir: string;
  parts: SshParts;
  /** What was asked so far. */
  asked: string[];
  /** What was kept in the editor's secret storage. */
  secrets: Map<string, string>;
  config(text: string): Promise<void>;
}

interface Answers {
  /** Whether a host key is accepted. */
  trusts?: boolean;
  /** Answers to questions, in turn; then none. */
  answers?: string[];
}

/** A person with a home folder of his own, who answers as he is told to. */
export async function makeHome({ trusts = false, answers = [] }: Answers = {}): Promise<Home> {
  const dir = await mkdtemp(join(tmpdir(), "portwright-home-"));
  await mkdir(join(dir, ".ssh"), { mode: 0o700 });
  const asked: string[] = [];
  const secrets = new Map<string, string>();
  const parts: SshParts = {
    person: {
      async trusts({ host, fingerprint }) {
        asked.push(`${host} ${fingerprint}`);
        return trusts;
      },
      async answers({ text }) {
        asked.push(text);
        return answers.shift();
      },
    },
    secrets: {
      get: async (name) => secrets.get(name),
      store: async (name, value) => void secrets.set(name, value),
      delete: async (name) => void secrets.delete(name),
    },
    ...{ passwords: new Map(), home: dir, env: {}, userName: userInfo().username, platform: "linux" },
    ...{ configFiles: [join(dir, ".ssh/config")], patienceMs: 20_000 },
  };
  return {
    ...{ dir, parts, asked, secrets },
    config: (text) => writeFile(join(dir, ".ssh/config"), text),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

export function define(fields: Partial<BuilderDefinition>): BuilderDefinition {
  const [builder] = readDefinitions([{ name: "far", type: "ssh", host: "127.0.0.1", ...fields }]).builders;
  if (!builder) throw new Error("no builder");
  return builder;
}

/** Runs a program to its end. Throws ConnectError. */
export async function run(
  host: Host,
  words: readonly string[],
  { input = "", log = [] }: { input?: string; log?: string[] } = {},
) {
  const program = await host.start(words, (line) => log.push(line), AbortSignal.timeout(50_000));
  program.stdin.on("error", () => {});
  program.stdin.end(input);
  const [stdout, stderr, { status, ending }] = await Promise.all([
    ...[textOf(program.stdout), textOf(program.stderr)],
    program.ended,
  ] as const);
  return { stdout, stderr, status, ending };
}
