import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { sshOptions } from "../../evidence/remote/connection.ts";
import type { Check, EnvironmentKind } from "../../protocol/index.ts";
import { check, inOrder } from "../check.ts";
import { EnvironmentError, Unhealthy } from "../errors.ts";
import { createForsaken } from "../forsaken.ts";
import { gateOf } from "../gate.ts";
import { defaultMake } from "../host.ts";
import { clearLeftovers, transientFolder } from "../leftovers.ts";
import type { ManagerOptions } from "../manager.ts";
import { removeTree } from "../remove.ts";
import { sourceHeads } from "../sources.ts";
import type { Environment, EnvironmentManager } from "../types.ts";
import { type CallParams, lendingVersion, type Opened } from "./calls.ts";
import { type FarParts, farEnvironment } from "./environment.ts";
import { unisolated, unreachable } from "./failure.ts";
import { type Link, openLink } from "./link.ts";
import { farShell } from "./shell.ts";

/**
 * Environments that the Portwright of another host makes, keeps and tests there; this one asks for them over SSH. The
 * connection is made when something is asked, and made anew where it broke; what was under way then ends there and throws Unhealthy here.
 */
export async function createFarManager(options: ManagerOptions): Promise<EnvironmentManager> {
  const { config, programs = [], now, newId } = options;
  const { ssh: far } = config.environment;
  if (far === undefined)
    throw new EnvironmentError("unavailable", 'environment kind ssh needs "environment.ssh"');
  const address = `${far.user}@${far.host}:${far.port}`;
  const here = join(options.stateDir, "environments");
  await mkdir(here, { recursive: true, mode: 0o700 });
  await clearLeftovers(here);
  // Two servers that use one host have nothing to do with each other's environments.
  const owner = createHash("sha256")
    .update(`${hostname()}\0${resolve(options.stateDir)}`)
    .digest("hex");
  const words = [
    ...far.command,
    ...(far.state === undefined ? [] : ["--state", far.state]),
    ...["env", "lend", "--owner", owner.slice(0, 16)],
  ];
  const { make, operatingSystem } = config.builder;
  const asking: CallParams<"begin"> = {
    version: lendingVersion,
    owner: { host: hostname(), state: resolve(options.stateDir) },
    programs: [...programs],
    builder: { make: make ?? defaultMake(), operatingSystem },
  };
  const logs = transientFolder(here, "logs", newId());
  const ssh = sshOptions(far, options.agent);
  const command = words.join(" ");
  const closed = new AbortController();
  let link: Promise<Link> | null = null;
  let live: Link | null = null;
  let kindThere: EnvironmentKind | undefined;
  /** Environments that nobody here uses any more, of which that host could not be told yet. */
  const owed = new Set<string>();

  async function begin(): Promise<Link> {
    const opened = await openLink(ssh, command, closed.signal);
    try {
      const { kind } = await opened.call("begin", asking);
      if (kind === "plain" || kind === "ssh") throw new Unhealthy([unisolated(address, kind)]);
      kindThere = kind;
      for (const name of owed) {
        // What it cannot remove is among the leftovers that its own doctor names.
        await opened.call("destroy", { name }).catch((error: unknown) => {
          if (error instanceof Unhealthy) throw error;
        });
        owed.delete(name);
      }
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  /** Throws Unhealthy: without that host nothing can be built. */
  function connected(): Promise<Link> {
    if (live?.isOver) [link, live] = [null, null];
    link ??= begin().then(
      (opened) => {
        live = opened;
        return opened;
      },
      (error: unknown) => {
        link = null;
        throw error instanceof Unhealthy ? error : new Unhealthy([unreachable(error)]);
      },
    );
    return link;
  }

  const call: Link["call"] = async (name, params, given) => {
    if (given?.signal?.aborted)
      throw new EnvironmentError("cancelled", `${name} on ${address} was cancelled`);
    return (await connected()).call(name, params, given);
  };
  const wayTo = (kind: EnvironmentKind) => `${address} (${kind})`;
  const shown = <I extends { kind: EnvironmentKind }>(info: I) => ({
    ...{ ...info, kind: "ssh" as const, farKind: info.kind },
  });

  function environment(name: string, opened: Opened): Environment {
    // Whoever is done with it need not wait for that host to be there again.
    const destroy = () =>
      remove(name).catch((error: unknown) => {
        if (!(error instanceof Unhealthy)) throw error;
      });
    const shell: FarParts["shell"] = (env) => farShell(ssh, command, { name, env });
    return farEnvironment({
      name,
      opened,
      call,
      logs: join(logs, name),
      shell,
      way: wayTo(opened.kind),
      destroy,
    });
  }

  async function remove(name: string): Promise<void> {
    forsaken.ended(name);
    await removeTree(join(logs, name));
    try {
      await call("destroy", { name });
    } catch (error) {
      if (error instanceof Unhealthy) owed.add(name);
      throw error;
    }
  }

  /** A proof names the commits of the trees here. */
  async function requireSameTrees(): Promise<void> {
    const differing = await differences();
    if (differing.length > 0) throw new EnvironmentError("tree", `${differing.join(", ")}: ${bringLevel}`);
  }

  async function differences(): Promise<string[]> {
    if (!config.trees)
      throw new EnvironmentError("tree", 'no trees are configured; set "trees" in portwright.json');
    const [ours, theirs] = await Promise.all([sourceHeads(config.trees), call("heads", {})]);
    return (["freebsd-ports", "DeltaPorts"] as const).flatMap((tree) =>
      ours[tree] === theirs[tree]
        ? []
        : [
            `${tree} is at ${ours[tree].slice(0, 12)} here and at ${theirs[tree].slice(0, 12)} on ${far?.host}`,
          ],
    );
  }

  /** What that host says of itself, by the name of its kind here. */
  const look =
    (what: "doctor" | "ready") =>
    async (signal?: AbortSignal): Promise<Check[]> => {
      try {
        if (what === "ready") await call("ready", {}, { signal });
        const said = what === "ready" ? [] : await call("doctor", {}, { signal });
        const link = inOrder("kind-available", "ssh", `environments of kind ${kindThere} on ${address}`);
        const checks = said.map((check) => ({ ...check, name: check.name.replace(`${kindThere} `, "ssh ") }));
        return [link, ...checks];
      } catch (error) {
        signal?.throwIfAborted();
        return error instanceof Unhealthy ? [...error.checks] : [unreachable(error)];
      }
    };
  const gate = gateOf(now, look("ready"));
  const forsaken = createForsaken({
    goesOn: options.goesOn,
    names: async () => (await call("all", {})).map(({ name }) => name),
    destroy: remove,
  });
  // What is kept there for a server that is not heard of is nobody's one day. That it failed is told to whoever asks next.
  const beat = setInterval(() => void call("alive", {}).catch(() => undefined), beatMs).unref();

  return {
    kind: "ssh",
    get farKind() {
      return kindThere;
    },
    note: `made by the Portwright of ${address}, which keeps them apart there; \`portwright env doctor\` says how`,
    async create({ name, target, signal }) {
      await requireSameTrees();
      forsaken.began(name);
      return environment(name, await call("create", { name, target }, { signal }));
    },
    async preview({ signal, ...order }) {
      await requireSameTrees();
      const preview = shown(await call("preview", order, { signal }));
      return { ...preview, text: `# by ${wayTo(preview.farKind)}\n${preview.text}` };
    },
    open: async (name) => environment(name, await call("open", { name })),
    list: async () => (await call("all", {})).map(shown),
    status: async (name, signal) => shown(await call("status", { name }, { signal })),
    update: (name, { force, signal }) => call("update", { name, force }, { signal }),
    async reset(name) {
      await call("reset", { name });
    },
    destroy: remove,
    async doctor(signal) {
      const checks = await look("doctor")(signal);
      return checks.some(({ kind, ok }) => kind === "kind-available" && !ok)
        ? checks
        : [
            ...[...checks, ...(await forsaken.check())],
            await check({ kind: "trees", name: "same trees", action: bringLevel }, sameTrees),
          ];
    },
    ready: gate.require,
    unready: gate.trouble,
    clearLeftovers: async () => [
      ...(await clearLeftovers(here)),
      ...(await call("clearLeftovers", {})),
      ...(await forsaken.clear()),
    ],
    clearForsaken: forsaken.clear,
    async close() {
      clearInterval(beat);
      closed.abort();
      live?.close();
      await removeTree(logs);
    },
  };

  async function sameTrees(): Promise<string> {
    const differing = await differences();
    if (differing.length > 0) throw new Error(differing.join(", "));
    return `at the same commits as on ${far?.host}`;
  }
}

const beatMs = 600_000;
const bringLevel = "bring the trees of both hosts to the same commits with git";
