import { access, constants, statfs } from "node:fs/promises";
import { join } from "node:path";
import { restText } from "../agent/model/breaker.ts";
import { lendFirst } from "../agent/model/editor.ts";
import { modelInfos } from "../agent/model/infos.ts";
import { Amiss, amiss, check, inOrder } from "../environments/check.ts";
import { inspectSource } from "../environments/sources.ts";
import type { Check, ForgeInfo, ModelInfo } from "../protocol/index.ts";
import type { Services } from "./services.ts";
import { idleStatus, workerStatus } from "./workers.ts";

/** The database and the blobs grow with every failure. */
const neededBytes = 512 * 1024 ** 2;
const shownProblems = 3;

/** Looks at everything that has to be in order, from the evidence of a failure to its delivery. */
export async function checkAll(services: Services, signal: AbortSignal): Promise<Check[]> {
  const { environments } = services;
  return [
    await checkState(services),
    await checkEvidence(services),
    ...(await services.checkHooks()),
    ...checkBuilders(services),
    ...(environments ? await environments.doctor(signal) : await services.checkMachine(signal)),
    ...services.checkPlugins(),
    ...checkModels(services),
    checkWorkers(services),
    await checkPolicy(services),
    ...(await checkDelivery(services, signal)),
  ];
}

function checkState({ stateDir }: Services): Promise<Check> {
  const action = "let the server's user read and write it";
  return check({ kind: "state", name: "state", action }, async () => {
    await access(stateDir, constants.R_OK | constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(stateDir);
    const words = `${stateDir}, ${((bavail * bsize) / 1024 ** 3).toFixed(1)} GiB free`;
    if (bavail * bsize < neededBytes) throw new Amiss(words, "make room, or nothing more can be kept");
    return words;
  });
}

function checkEvidence({ config, journalStatus }: Services): Promise<Check> {
  const action = "run the server as the builder's user";
  return check({ kind: "evidence", name: "evidence", action }, async () => {
    const journal = join(config.evidence, "journal");
    await access(journal, constants.R_OK | constants.X_OK).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT")
        throw new Amiss(`${journal} is not there`, "the first run with the hooks installed makes it", cause);
      throw new Error(`${journal} cannot be read (${cause.code})`, { cause });
    });
    const { offset, bytes, damaged, restarts = 0 } = journalStatus();
    const anew = restarts === 0 ? "" : `, replaced or cut ${restarts} times and read again from its start`;
    return `${config.evidence}: ${offset} of ${bytes} bytes of the journal taken, ${damaged} lines damaged${anew}`;
  });
}

function checkBuilders({ builderLinks }: Services): Check[] {
  return builderLinks().map(({ name, address, state, problem }) => {
    const message = `${address}: ${problem ?? state}`;
    if (state === "connected") return inOrder("builders", `builder ${name}`, message);
    const action =
      state === "refused"
        ? 'put that right there or in "builders" of portwright.json'
        : "wait, it is tried again; when it stays so, look at the host and its address in portwright.json";
    return amiss("builders", `builder ${name}`, message, action);
  });
}

/** Never a key, only whether there is one. */
function checkModels({ config, keys, lent, modelHealth }: Services): Check[] {
  const models = modelInfos(config.models, keys, lent);
  if (models.length === 0) return [inOrder("models", "models", "none is configured: rules alone repair")];
  const resting = modelHealth().filter(({ state }) => state !== "closed");
  return models.map((info) => {
    const { name, model, endpoint } = info;
    const of = `${model} at ${endpoint}`;
    const lacks = whatLacks(info);
    const down = resting.find((one) => one.endpoint === endpoint);
    if (lacks !== null) return amiss("models", `model ${name}`, `${of}: ${lacks.message}`, lacks.action);
    if (down) return amiss("models", `model ${name}`, `${of}: ${restText(down)}`, waitForModel);
    const by = info.editor ? `lent by ${info.editor.client}` : `the key is in ${info.keyVariable}`;
    return inOrder("models", `model ${name}`, `${of}: ${by}`);
  });
}

const waitForModel = "wait, it is asked again by itself, or choose another model";

/** What keeps a model from being asked; null for one that is at hand. */
function whatLacks({ model, keyVariable, hasKey, editor }: ModelInfo) {
  if (editor?.client === null) return { message: `No connected editor lends ${model}`, action: lendFirst };
  if (editor) return null;
  if (hasKey) return null;
  const action = "set it where the server is started, or give it from the editor (Set Model Key)";
  return { message: `${keyVariable} is not set`, action };
}

/** A heartbeat that is missing says that a job cannot be kept, or does not end although it was told to. */
function checkWorkers(services: Services): Check {
  const workers = workerStatus(services);
  const silence = (heartbeatAt: number): string =>
    `for ${Math.round((services.now() - heartbeatAt) / 1000)} s`;
  const stale = [
    ...workers
      .filter((one) => one.stale)
      .map(
        ({ kind, origin, jobId, heartbeatAt }) =>
          `${kind} of ${origin} (job ${jobId}) gave no sign ${silence(heartbeatAt)}`,
      ),
    ...idleStatus(services)
      .filter((one) => one.stale)
      .map(({ kinds, heartbeatAt }) => `no ${kinds.join(" or ")} could be sought ${silence(heartbeatAt)}`),
  ];
  if (stale.length === 0) return inOrder("workers", "workers", `${workers.length} jobs under way`);
  const action = "the log says why; when it stays so, `portwright stop` and start the server again";
  return amiss("workers", "workers", stale.join("; "), action);
}

function checkPolicy(services: Services): Promise<Check> {
  const action = "mend its files; `portwright policy check` names all of it";
  return check({ kind: "policy", name: "policy", action }, async () => {
    const { problems, rules, recipes, prompts, playbooks = 0 } = services.checkPolicy();
    if (problems.length === 0)
      return `${rules} rules, ${recipes} recipes, ${prompts} prompts, ${playbooks} playbooks`;
    const shown = problems
      .slice(0, shownProblems)
      .map(({ file, line, message }) => `${file}:${line}: ${message}`);
    throw new Error(`${problems.length} problems: ${shown.join("; ")}`);
  });
}

/** Never the token, only whether there is one. */
function checkForge({ host, repository, into, remote, keyVariable, hasKey }: ForgeInfo): Check {
  const words = `${remote}, for pull requests to ${into} of ${repository} at ${host}`;
  if (hasKey) return inOrder("delivery", "forge", `${words}: the token is in ${keyVariable}`);
  const action = "set it where the server is started, or give it from the editor (Set Forge Token)";
  return amiss("delivery", "forge", `${words}: ${keyVariable} is not set`, action);
}

/** Where accepted fixes go; only a new branch is ever made there, so its work tree need not be clean. */
async function checkDelivery({ config, pushing }: Services, signal: AbortSignal): Promise<Check[]> {
  const path = config.delivery.repository ?? config.trees?.deltaPorts;
  const forge = pushing.forge();
  const checks = forge ? [checkForge(forge)] : [];
  if (path === undefined) return checks;
  const action = 'set "delivery.repository" in portwright.json to a checkout that the server may write';
  return [
    ...checks,
    await check({ kind: "delivery", name: "delivery", action }, async () => {
      const { commit, objects } = await inspectSource("DeltaPorts", path, signal);
      await access(objects, constants.W_OK).catch((cause) => {
        throw new Error(`${objects} cannot be written by this user, so nothing can be delivered there`, {
          cause,
        });
      });
      return `${path} at ${commit.slice(0, 12)}`;
    }),
  ];
}
