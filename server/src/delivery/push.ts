import { join } from "node:path";
import { createSerial } from "../async/serial.ts";
import type { ForgeConfig } from "../config/forge.ts";
import { EnvironmentError } from "../environments/errors.ts";
import { quote } from "../environments/kinds/quote.ts";
import { type Case, type Delivery, type ForgeInfo, PortwrightError } from "../protocol/index.ts";
import { type ForgeClient, forgePlace } from "./forge/place.ts";
import { findPullRequest, openPullRequest } from "./forge/pullRequests.ts";
import { anotherToken } from "./forge/refusal.ts";
import { basicCredentials, withoutToken } from "./forge/secret.ts";
import { pullRequestBody } from "./message.ts";
import type { DeliveryOptions } from "./prepare.ts";
import { branches, messageOf, openRepository } from "./repository.ts";
import { inWorkshop } from "./workshop.ts";

interface PushOptions extends Omit<DeliveryOptions, "version"> {
  /** The token that a variable holds, or that a person gave for it; "" for none. */
  tokenOf: (variable: string) => string;
  /** Of one request to the forge; default 30 s. */
  timeoutMs?: number;
}

interface Watching {
  who: string;
  signal: AbortSignal;
  /** Text for a person. */
  progress: (text: string) => void;
}

/** Takes delivered branches to a forge; every refusal is a PortwrightError with its remedy, and none says the token. */
export interface PushService {
  /** null where none is configured. */
  forge(): ForgeInfo | null;
  /** Resumes what an earlier try left: a branch that is there, a pull request that is open. */
  push(caseId: string, watching: Watching): Promise<{ case: Case; delivery: Delivery }>;
}

export function createPush(options: PushOptions): PushService {
  const { store, config, now, tokenOf } = options;
  const place = config.delivery.forge && forgePlace(config.delivery.forge);
  // One at a time: the same branch asked for twice at once must not be proposed twice.
  const serially = createSerial();

  async function push(caseId: string, watching: Watching): Promise<Delivery> {
    const { who, signal, progress } = watching;
    signal.throwIfAborted();
    const delivery = pushable(options, caseId);
    const client: ForgeClient = { ...requirePlace(), timeoutMs: options.timeoutMs ?? 30_000, signal, now };
    progress(`pushing ${delivery.branch} to ${client.remote}`);
    const message = await pushBranch(options, client, delivery);
    const pushed = { remote: client.remote, who, at: now() };
    const changed = (more: Partial<Delivery>): Delivery => {
      const value = { ...(store.delivery(delivery.id) ?? delivery), ...more };
      store.append([{ type: "delivery/changed", payload: value }]);
      return value;
    };
    if (delivery.pushed?.remote !== pushed.remote) changed({ pushed });
    progress(`looking for a pull request of it in ${client.config.repository}`);
    const { branch, subject: title } = delivery;
    const pullRequest =
      (await findPullRequest(client, branch)) ??
      (await openPullRequest(client, { branch, title, body: pullRequestBody(message) }));
    return changed({ pullRequest });
  }

  function requirePlace(): Pick<ForgeClient, "token"> & NonNullable<typeof place> {
    if (place === undefined)
      throw new PortwrightError(
        "badState",
        'no forge is configured to push to: set "forge" in "delivery" in portwright.json',
      );
    const { tokenVariable } = place.config;
    const token = tokenOf(tokenVariable);
    if (token !== "") return { ...place, token };
    throw new PortwrightError(
      "environment",
      `there is no token for ${place.host}: ${anotherToken(tokenVariable)}`,
    );
  }

  return {
    forge() {
      if (place === undefined) return null;
      const { host, remote, config } = place;
      const { repository, into, tokenVariable: keyVariable } = config;
      return { host, repository, into, remote, keyVariable, hasKey: tokenOf(keyVariable) !== "" };
    },
    async push(caseId, watching) {
      const delivery = await serially(() => push(caseId, watching));
      return { case: store.case(caseId) as Case, delivery };
    },
  };
}

function pushable({ store }: PushOptions, caseId: string): Delivery {
  const subject = store.case(caseId);
  if (subject === null) throw new PortwrightError("notFound", `case ${caseId} is gone`);
  const delivery = subject.deliveryId === undefined ? null : store.delivery(subject.deliveryId);
  if (subject.state === "delivered" && delivery?.state === "applied") return delivery;
  throw new PortwrightError(
    "badState",
    `${subject.origin} is ${subject.state}: only a delivered fix is pushed (\`portwright deliver apply ${caseId} --push\`)`,
  );
}

/** Pushes just the commit that was proved, and returns its message. */
async function pushBranch(options: PushOptions, client: ForgeClient, delivery: Delivery): Promise<string> {
  const { branch, commit } = delivery;
  const repository = await openRepository(delivery.repository);
  const tip = (await branches(repository, branch)).find((one) => one.branch === branch);
  if (tip?.commit !== commit)
    throw new PortwrightError(
      "badState",
      tip === undefined
        ? `branch ${branch} is gone: \`portwright deliver undo ${delivery.caseId}\`, then deliver it again`
        : `branch ${branch} has commits that are not ours and were not proved: push it yourself, with ` +
            `\`git -C ${repository.path} push ${client.remote} ${branch}\``,
    );
  const folder = join(options.stateDir, "push");
  try {
    await inWorkshop(folder, repository, (workshop) =>
      workshop.push(client.remote, tip, { env: gitEnvironment(options, client), signal: client.signal }),
    );
  } catch (error) {
    client.signal.throwIfAborted();
    if (!(error instanceof EnvironmentError)) throw error;
    throw new PortwrightError(
      "environment",
      pushRemedy(client, branch, withoutToken(error.message, client.token)),
    );
  }
  return messageOf(repository, commit);
}

/** A token goes by a header, and only to its own forge; over ssh the server's user has his keys, and nobody is asked. */
function gitEnvironment(
  { env }: PushOptions,
  { config, remote, token, takesToken }: ForgeClient,
): Record<string, string> {
  const settings: [string, string][] = [
    ["http.followRedirects", "false"],
    ["http.lowSpeedLimit", "100"],
    ["http.lowSpeedTime", "60"],
    ...(takesToken
      ? [
          [
            `http.${new URL(remote).origin}/.extraHeader`,
            `Authorization: Basic ${basicCredentials(token)}`,
          ] as [string, string],
        ]
      : []),
  ];
  return {
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
    GIT_ALLOW_PROTOCOL: "https:http:ssh:file",
    GIT_SSH_COMMAND: quote(sshCommand(config.ssh)),
    ...(env.SSH_AUTH_SOCK !== undefined && { SSH_AUTH_SOCK: env.SSH_AUTH_SOCK }),
  };
}

/** Asks nobody, believes no key that is not known, and lends the host neither an agent nor a way into this one. */
function sshCommand({ identityFile, knownHosts }: ForgeConfig["ssh"]): string[] {
  const settings = {
    ...{ BatchMode: "yes", StrictHostKeyChecking: "yes", UpdateHostKeys: "no", ConnectTimeout: "30" },
    ...{ ForwardAgent: "no", ForwardX11: "no", ClearAllForwardings: "yes", PermitLocalCommand: "no" },
    ...(identityFile !== undefined && { IdentityFile: identityFile, IdentitiesOnly: "yes" }),
    ...(knownHosts !== undefined && { UserKnownHostsFile: knownHosts, GlobalKnownHostsFile: "/dev/null" }),
  };
  return ["ssh", ...Object.entries(settings).map(([name, value]) => `-o${name}=${value}`)];
}

/** What git says when it does not get through, and what to do then; the first that fits. */
const remedies: readonly (readonly [RegExp, (client: ForgeClient, branch: string) => string])[] = [
  [
    /stale info|non-fast-forward|fetch first/,
    (_, branch) =>
      `a branch ${branch} is there with other commits: look at it, and remove or rename it there`,
  ],
  [
    /IDENTIFICATION HAS CHANGED/,
    () => "the host shows another key than the known one: ask who runs it, and only then correct known_hosts",
  ],
  [
    /Host key verification failed/,
    () => "connect to it once with ssh as the server's user, and check its key",
  ],
  [
    /Permission denied/,
    () => "the server's user needs a key that is known there, without a passphrase or in an agent",
  ],
  [
    /Authentication failed|could not read|returned error: 40[13]/,
    ({ takesToken, config }) =>
      takesToken
        ? anotherToken(config.tokenVariable)
        : `"delivery.forge.remote" is not of the forge, so the token is not sent there: write an ssh address`,
  ],
  [
    /not found|does not (?:exist|appear)|returned error: (?:3\d\d|404)|redirect/i,
    () => 'correct "delivery.forge" in portwright.json',
  ],
  [/remote rejected/, () => "its rules do not let that branch in"],
];

function pushRemedy(client: ForgeClient, branch: string, said: string): string {
  const known = remedies.find(([pattern]) => pattern.test(said));
  const remedy = known ? known[1](client, branch) : "push again later, what is done already is found again";
  return `${branch} cannot be pushed to ${client.remote} (${said}): ${remedy}`;
}
