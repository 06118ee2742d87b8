import { z } from "zod";
import { PortwrightError, type PullRequest } from "../../protocol/index.ts";
import type { ForgeClient } from "./place.ts";
import { ForgeRefusal } from "./refusal.ts";
import { ask } from "./rest.ts";

export interface Proposal {
  branch: string;
  title: string;
  /** Markdown. */
  body: string;
}

/** Both kinds answer alike in what is read here. */
const Answer = z.object({
  number: z.int().positive(),
  html_url: z.string().max(2000),
  state: z.string(),
  merged_at: z.string().nullish(),
  head: z.object({
    ref: z.string(),
    label: z.string().nullish(),
    /** null when the fork is gone, so that it is not ours, to which the branch was just pushed. */
    repo: z.object({ full_name: z.string() }).nullish(),
  }),
});
type Answer = z.infer<typeof Answer>;
const Answers = z.array(Answer).max(100);

/** Of `gitea`, which has no filter by branch in all of its versions: newest first. */
const pages = 10;
const pageSize = 30;

/** The pull request of the branch, open or not; null when there is none. */
export async function findPullRequest(client: ForgeClient, branch: string): Promise<PullRequest | null> {
  const { config, fork } = client;
  const list = `/repos/${config.repository}/pulls?state=all`;
  const isOurs = ({ head }: Answer): boolean =>
    [head.ref, head.label?.split(":").at(-1)].includes(branch) &&
    head.repo?.full_name.toLowerCase() === fork.toLowerCase();
  const found = async (query: string): Promise<{ ours: Answer | undefined; count: number }> => {
    const answers = await ask(client, Answers, `${list}&${query}`);
    return { ours: answers.find(isOurs), count: answers.length };
  };
  if (config.kind === "github") {
    const head = encodeURIComponent(`${ownerOf(fork)}:${branch}`);
    const { ours } = await found(`head=${head}&per_page=${pageSize}`);
    return ours ? toPullRequest(client, ours) : null;
  }
  for (let page = 1; page <= pages; page += 1) {
    const { ours, count } = await found(`sort=recentupdate&limit=${pageSize}&page=${page}`);
    if (ours) return toPullRequest(client, ours);
    // A server may have a smaller page than was asked for.
    if (count === 0) return null;
  }
  return null;
}

/** Opens one for the branch, or finds the one that is there. */
export async function openPullRequest(client: ForgeClient, proposal: Proposal): Promise<PullRequest> {
  const { config, fork, host } = client;
  const { kind, draft, into, repository } = config;
  const { branch, title, body } = proposal;
  const isFork = fork.toLowerCase() !== repository.toLowerCase();
  try {
    const made = await ask(client, Answer, `/repos/${repository}/pulls`, {
      body,
      base: into,
      head: kind === "github" || isFork ? `${ownerOf(fork)}:${branch}` : branch,
      // By that word a gitea knows a draft.
      title: kind === "gitea" && draft ? `WIP: ${title}` : title,
      ...(kind === "github" && { draft }),
    });
    return toPullRequest(client, made);
  } catch (error) {
    if (!(error instanceof ForgeRefusal)) throw error;
    const there = /already exists/i.test(error.message) ? await findPullRequest(client, branch) : null;
    if (there !== null) return there;
    const remedy = /draft/i.test(error.message)
      ? 'set "draft" in "delivery.forge" to false'
      : `is ${into} a branch of ${repository}, and ${branch} one of ${fork}? Correct "delivery.forge" in portwright.json`;
    throw new PortwrightError("environment", `${host} opens no pull request (${error.message}): ${remedy}`);
  }
}

const ownerOf = (name: string): string => name.split("/")[0] ?? "";

function toPullRequest(client: ForgeClient, answer: Answer): PullRequest {
  const { number, state, merged_at } = answer;
  const url = pageOf(client, answer);
  return { number, url, state: merged_at ? "merged" : state === "open" ? "open" : "closed" };
}

/** What people are shown and led to: only an address of the forge itself, whatever it answers. */
function pageOf({ web, config }: ForgeClient, { html_url, number }: Answer): string {
  const told = URL.parse(html_url);
  const isOwn = told?.origin === new URL(web).origin && told.username === "" && told.password === "";
  if (isOwn) return told.href;
  return `${web}/${config.repository}/${config.kind === "github" ? "pull" : "pulls"}/${number}`;
}
