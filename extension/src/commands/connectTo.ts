import * as vscode from "vscode";
import { parseAddress } from "../builders/address.ts";
import { connectionText } from "../cases/words.ts";
import { namedHosts, readSshConfig } from "../connection/ssh/configFile.ts";
import type { Services } from "../services.ts";
import { changeBuilders, ownBuilders } from "../settings.ts";
import { chooseBuilder } from "./chooseBuilder.ts";

const { t } = vscode.l10n;

interface Pick extends vscode.QuickPickItem {
  act: () => Promise<void> | void;
}

/** Connects a builder that is known, or makes one of this machine, a host of ~/.ssh/config or any other. */
export async function connectTo(services: Services, node: unknown): Promise<void> {
  const { builders } = services;
  if (typeof node === "object" && node !== null && "builder" in node)
    return builders.get(String(node.builder))?.connection.connect();
  const known: Pick[] = builders.list().map(({ name, connection }) => ({
    ...{ label: `$(server) ${name}`, description: connectionText(connection.state, t) },
    act: () => connection.connect(),
  }));
  const isKnown = new Set(builders.list().map(({ definition }) => definition.host));
  const hosts = await hostsOfConfig(services);
  const picks: (Pick | vscode.QuickPickItem)[] = [
    ...known,
    { label: t("New builder"), kind: vscode.QuickPickItemKind.Separator },
    ...(builders.list().some(({ definition }) => definition.type === "local")
      ? []
      : [{ label: `$(vm) ${t("This machine")}`, act: () => add({ name: freeName(builders, "local") }) }]),
    ...hosts
      .filter((host) => !isKnown.has(host))
      .map((host) => ({
        ...{ label: `$(remote) ${host}`, description: "~/.ssh/config" },
        act: () => add({ name: freeName(builders, host), type: "ssh", host }),
      })),
    { label: `$(plus) ${t("Other host...")}`, act: () => askForHost(services) },
  ];
  const chosen = await vscode.window.showQuickPick(picks, { title: t("Connect to Builder") });
  if (chosen && "act" in chosen) await chosen.act();
}

async function hostsOfConfig({ ssh, log }: Services): Promise<string[]> {
  try {
    return namedHosts(await readSshConfig(ssh.configFiles, ssh.home));
  } catch (error) {
    // Another host can be typed all the same.
    log.warn(error instanceof Error ? error.message : String(error));
    return [];
  }
}

async function askForHost({ builders }: Services): Promise<void> {
  const text = await vscode.window.showInputBox({
    ...{ title: t("Connect to Builder"), ignoreFocusOut: true, placeHolder: "root@builder.example.org" },
    prompt: t("Host of the builder: [user@]host[:port], or an alias of ~/.ssh/config"),
    validateInput: (value) => (parseAddress(value) ? undefined : t("This names no host.")),
  });
  const address = text === undefined ? null : parseAddress(text);
  if (!address) return;
  const { host, user, port } = address;
  const name = freeName(builders, host);
  await add({ name, type: "ssh", host, ...(user && { user }), ...(port && { port }) });
}

/** A new builder is connected as soon as the settings name it. */
async function add(entry: object): Promise<void> {
  await changeBuilders((entries) => [...entries, entry]);
}

/** A name that the settings take, and that no builder has. */
function freeName(builders: Services["builders"], host: string): string {
  const plain = host
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 50);
  const name = plain || "builder";
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!builders.get(candidate)) return candidate;
  }
}

export async function disconnect({ builders }: Services, node: unknown): Promise<void> {
  (await chooseBuilder(builders, node))?.connection.disconnect();
}

/** Takes a builder out of the settings, and forgets what it was trusted with; nothing on its host is touched. */
export async function removeBuilder({ builders, keys, lending }: Services, node: unknown): Promise<void> {
  const builder = await chooseBuilder(builders, node);
  if (!builder) return;
  if (!ownBuilders().some((entry) => nameOf(entry) === builder.name))
    throw new Error(t("{0} does not stand in your own settings; remove it where it does.", builder.name));
  const remove = t("Remove");
  const detail = t(
    "It is taken out of your settings, and keys and models that you gave it are forgotten here. Nothing on its host is changed.",
  );
  const question = t("Remove the builder {0}?", builder.name);
  const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, remove);
  if (answer !== remove) return;
  await changeBuilders((entries) => entries.filter((entry) => nameOf(entry) !== builder.name));
  await keys.forget(builder);
  await lending.forget(builder);
}

export function nameOf(entry: unknown): unknown {
  return typeof entry === "object" && entry !== null && "name" in entry ? entry.name : undefined;
}
