import { access, constants, statfs } from "node:fs/promises";
import { join } from "node:path";
import { restText } from "../agent/model/breaker.ts";
import { nobodyLends } from "../agent/model/editor.ts";
import { modelInfos } from "../agent/model/infos.ts";
import { check } from "../environments/check.ts";
import { inspectSource } from "../environments/sources.ts";
import type { Check, ForgeInfo, ModelInfo } from "../protocol/index.ts";
import type { Services } from "./services.ts";
import { workerStatus } from "./workers.ts";

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
    ...(environments ? await environments.doctor(signal) : [{ name: "trees", ok: false, message: noTrees }]),
    ...services.checkPlugins(),
    ...checkModels(services),
    checkWorkers(services),
    await checkPolicy(services),
    ...(await checkDelivery(services, signal)),
  ];
}

const noTrees =
  "no trees are configured: failures are diagnosed and nothing is repaired; `portwright init` writes them to portwright.json";

function checkState({ stateDir }: Services): Promise<Check> {
  return check("state", async () => {
    await access(stateDir, constants.R_OK | constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(stateDir);
    const words = `${stateDir}, ${((bavail * bsize) / 1024 ** 3).toFixed(1)} GiB free`;
    if (bavail * bsize < neededBytes) throw new Error(`${words}: make room, or nothing more can be kept`);
    return words;
  });
}

function checkEvidence({ config, journalStatus }: Services): Promise<Check> {
  return check("evidence", async () => {
    const journal = join(config.evidence, "journal");
    await access(journal, constants.R_OK | constants.X_OK).catch((cause: NodeJS.ErrnoException) => {
      throw new Error(
        cause.code === "ENOENT"
          ? `${journal} is not there: the first run with the hooks installed makes it`
          : `${journal} cannot be read (${cause.code}): run the server as the builder's user`,
        { cause },
      );
    });
    const { offset, bytes, damaged, restarts = 0 } = journalStatus();
    const anew = restarts === 0 ? "" : `, replaced or cut ${restarts} times and read again from its start`;
    return `${config.evidence}: ${offset} of ${bytes} bytes of the journal taken, ${damaged} lines damaged${anew}`;
  });
}

function checkBuilders({ builderLinks }: Services): Check[] {
  return builderLinks().map(({ name, address, state, problem }) => ({
    name: `builder ${name}`,
    ok: state === "connected",
    message: problem === null ? `${address}: ${state}` : `${address}: ${problem}`,
  }));
}

/** Never a key, only whether there is one. */
function checkModels({ config, keys, lent, modelHealth }: Services): Check[] {
  const models = modelInfos(config.models, keys, lent);
  if (models.length === 0)
    return [{ name: "models", ok: true, message: "none is configured: rules alone repair" }];
  const resting = modelHealth().filter(({ state }) => state !== "closed");
  return models.map((info) => {
    const { name, model, endpoint } = info;
    const { ok, message } = isAtHand(info);
    const down = resting.find((one) => one.endpoint === endpoint);
    const words = [`${model} at ${endpoint}`, message, ...(down ? [restText(down)] : [])].join(": ");
    return { name: `model ${name}`, ok: ok && down === undefined, message: words };
  });
}

function isAtHand({ model, keyVariable, hasKey, editor }: ModelInfo): Omit<Check, "name"> {
  if (editor?.client === null) return { ok: false, message: nobodyLends(model) };
  if (editor) return { ok: true, message: `lent by ${editor.client}` };
  if (hasKey) return { ok: true, message: `the key is in ${keyVariable}` };
  const remedy = "set it where the server is started, or give it from the editor (Set Model Key)";
  return { ok: false, message: `${keyVariable} is not set: ${remedy}` };
}

/** A heartbeat that is missing says that a job cannot be kept, or does not end although it was told to. */
function checkWorkers(services: Services): Check {
  const workers = workerStatus(services);
  const stale = workers
    .filter((one) => one.stale)
    .map(({ kind, origin, jobId, heartbeatAt }) => {
      const seconds = Math.round((services.now() - heartbeatAt) / 1000);
      return `${kind} of ${origin} (job ${jobId}) gave no sign for ${seconds} s`;
    });
  const remedy = "the log says why; when it stays so, `portwright stop` and start the server again";
  return {
    name: "workers",
    ok: stale.length === 0,
    message: stale.length === 0 ? `${workers.length} jobs under way` : `${stale.join("; ")}: ${remedy}`,
  };
}

function checkPolicy(services: Services): Promise<Check> {
  return check("policy", async () => {
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
  const token = hasKey
    ? `the token is in ${keyVariable}`
    : `${keyVariable} is not set: set it where the server is started, or give it from the editor (Set Forge Token)`;
  const words = `${remote}, for pull requests to ${into} of ${repository} at ${host}: ${token}`;
  return { name: "forge", ok: hasKey, message: words };
}

/** Where accepted fixes go; only a new branch is ever made there, so its work tree need not be clean. */
async function checkDelivery({ config, pushing }: Services, signal: AbortSignal): Promise<Check[]> {
  const path = config.delivery.repository ?? config.trees?.deltaPorts;
  const forge = pushing.forge();
  const checks = forge ? [checkForge(forge)] : [];
  if (path === undefined) return checks;
  return [
    ...checks,
    await check("delivery", async () => {
      const { commit, objects } = await inspectSource("DeltaPorts", path, signal);
      await access(objects, constants.W_OK).catch((cause) => {
        throw new Error(
          `${objects} cannot be written by this user, so nothing can be delivered there; set "delivery.repository"`,
          { cause },
        );
      });
      return `${path} at ${commit.slice(0, 12)}`;
    }),
  ];
}
