import type { EnvironmentPreview } from "../protocol/index.ts";
import { Unhealthy } from "./errors.ts";
import type { Gate } from "./gate.ts";
import { placeOf } from "./inventory.ts";
import { foreignPlan } from "./kinds/chroot/chroot.ts";
import { type PlatformName, platforms } from "./kinds/chroot/platforms.ts";
import type { InsideCommand, Kind, Place } from "./kinds/types.ts";
import { baseVariables } from "./kinds/variables.ts";
import { cleanSources, type MakingParts } from "./making.ts";

export interface PreviewOrder {
  name: string;
  target: string;
  /** Shows kind `chroot` on that one instead of this host's own. */
  platform?: PlatformName | undefined;
  signal?: AbortSignal | undefined;
}

interface PreviewParts {
  making: MakingParts;
  kind: Kind;
  gate: Pick<Gate, "look">;
  alsoVisible: readonly string[];
  /** What builds run inside. */
  make: string;
}

/** What an environment of that name would be; nothing is made. Throws what making it would throw. */
export async function previewEnvironment(
  { making, kind, gate, alsoVisible, make }: PreviewParts,
  { name, target, platform, signal }: PreviewOrder,
): Promise<EnvironmentPreview> {
  const { root, trees, cache, composer, operatingSystem, layoutOf } = making;
  const checks = await gate.look(signal);
  const broken = checks.filter(({ ok }) => !ok);
  if (broken.length > 0) throw new Unhealthy(broken);
  const { ports, delta, commits } = await cleanSources(trees, signal);
  const key = cache.key(commits, composer.variant({ operatingSystem, target }));
  const base = await cache.find(key);
  const layout = await layoutOf(placeOf(root, name), ports.path, base ?? cache.place(key));
  const place: Place = { name, layout, composed: [], alsoVisible, isPlanned: true };
  const inside: InsideCommand = {
    ...{ argv: [make], cwd: "/work", variables: baseVariables, network: false, ownTerminal: false },
  };
  const treeOf = ({ path, commit, branch }: typeof ports) => ({ path, commit, ...(branch && { branch }) });
  return {
    ...{ name, kind: kind.name, note: kind.note, target, root: layout.root, checks },
    trees: { "freebsd-ports": treeOf(ports), DeltaPorts: treeOf(delta) },
    isComposed: base !== null,
    text: await (platform ? foreignPlan(platforms[platform], place, inside) : kind.plan(place, inside)),
  };
}
