import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Forge, json, startForge } from "../../fixtures/forge/server.ts";
import { createSshd } from "../remote/sshd.ts";
import { type Bench, commitAll, createBench, fingerprint, origin, runGit, smallFix, write } from "./bench.ts";

const branch = `agentic/${origin}-20260131T235959Z`;
const token = "canary-token-5f1d";
const watching = () => ({ who: "ann", signal: new AbortController().signal, progress: () => {} });

interface Place extends AsyncDisposable {
  bench: Bench;
  forge: Forge;
  push(more?: object, given?: { token?: string; timeoutMs?: number }): ReturnType<Bench["delivery"]["apply"]>;
}

/** A delivered fix, and a forge to push it to. */
async function createPlace(options: { kind?: "github" | "gitea"; names?: string[] } = {}): Promise<Place> {
  const bench = await createBench();
  const forge = await startForge(bench.root, { ...options, token });
  await bench.accept(smallFix(bench.repository));
  await bench.delivery.apply("case-1", "ann");
  return {
    bench,
    forge,
    push: (more = {}, given = {}) =>
      bench.pushing({ ...forge.config, ...more }, given.token ?? token, given).push("case-1", watching()),
    async [Symbol.asyncDispose]() {
      await forge[Symbol.asyncDispose]();
      await bench[Symbol.asyncDispose]();
    },
  };
}

const refused = async (pushing: Promise<unknown>): Promise<string> => {
  const error = await pushing.then(
    () => new Error("it was pushed"),
    (cause: unknown) => cause,
  );
  const all: string[] = [];
  for (let one = error; one instanceof Error; one = one.cause) all.push(`${one.message}\n${one.stack}`);
  expect(all.join("\n")).not.toContain(token);
  expect(error).toMatchObject({ name: "PortwrightError" });
  return (error as Error).message;
};

test.each(["github", "gitea"] as const)("a delivered branch becomes a draft at a %s, once", async (kind) => {
  await using place = await createPlace({ kind });
  const { bench, forge, push } = place;
  const before = fingerprint(bench.repository);
  const { delivery } = await push();
  const [pull] = forge.pulls;
  expect(delivery).toMatchObject({
    state: "applied",
    pushed: { remote: `${forge.url}/up/DeltaPorts.git`, who: "ann" },
    pullRequest: { number: 1, url: pull?.html_url, state: "open" },
  });
  expect(runGit(forge.repository("up/DeltaPorts"), "rev-parse", branch)).toBe(delivery.commit);
  expect(pull).toMatchObject({
    title: kind === "gitea" ? `WIP: ${delivery.subject}` : delivery.subject,
    ...{ draft: kind === "github", base: { ref: "master" }, head: { ref: branch } },
  });
  expect(pull?.body).toMatch(/^Problem:\n\n.*\n {4}Portwright-Proof: proof-1\n$/s);
  expect((await push()).delivery).toEqual(delivery);
  expect(forge.pulls).toHaveLength(1);
  expect(bench.store.deliveriesOf("case-1")).toEqual([delivery]);
  expect(fingerprint(bench.repository)).toEqual(before);
  expect(JSON.stringify(bench.store.events(0, 1000))).not.toContain(token);
});

test("a branch goes to a fork, and is proposed from there", async () => {
  await using place = await createPlace({ kind: "gitea", names: ["up/DeltaPorts", "ann/DeltaPorts"] });
  const { forge, push } = place;
  const { delivery } = await push({ fork: "ann/DeltaPorts", into: "main", draft: false });
  expect(delivery.pushed?.remote).toBe(`${forge.url}/ann/DeltaPorts.git`);
  expect(runGit(forge.repository("up/DeltaPorts"), "branch", "--list")).toBe("");
  expect(forge.pulls).toMatchObject([
    { title: delivery.subject, base: { ref: "main" }, head: { label: `ann:${branch}` } },
  ]);
});

test("what a try that failed half-way did is found again", async () => {
  await using place = await createPlace();
  const { bench, forge, push } = place;
  forge.instead.push((_, response) => json(response, 502, { message: "Bad Gateway" }));
  expect(await refused(push())).toMatch(/answers 502 \(Bad Gateway\): push again later/);
  expect(bench.store.deliveriesOf("case-1")).toMatchObject([{ pushed: { who: "ann" } }]);
  // It opened one, and its answer was lost; the list does not show it yet.
  forge.instead.push((_, response) => json(response, 200, []));
  forge.instead.push((request) => request.destroy());
  expect(await refused(push())).toMatch(/cannot be reached .*push again later/);
  await push();
  forge.instead.push((_, response) => json(response, 200, []));
  const { delivery } = await push();
  expect(delivery.pullRequest?.number).toBe(1);
  expect(forge.pulls).toHaveLength(1);
  expect(forge.asked.filter((line) => line.startsWith("POST"))).toHaveLength(3);
});

test("two who push at once open one, and one that was closed is not opened anew", async () => {
  await using place = await createPlace();
  const { bench, forge } = place;
  const service = bench.pushing(forge.config, token);
  const both = await Promise.all([service.push("case-1", watching()), service.push("case-1", watching())]);
  expect(both[0]?.delivery).toEqual(both[1]?.delivery);
  Object.assign(forge.pulls[0] ?? {}, { state: "closed", merged_at: "2026-01-01T00:00:00Z" });
  const { delivery } = await service.push("case-1", watching());
  expect(delivery.pullRequest).toMatchObject({ number: 1, state: "merged" });
  expect(forge.pulls).toHaveLength(1);
});

test("one among many at a gitea is found", async () => {
  await using place = await createPlace({ kind: "gitea" });
  const { forge, push } = place;
  await push();
  const [ours] = forge.pulls;
  const others = Array.from({ length: 70 }, (_, index) => ({
    ...(ours as Forge["pulls"][number]),
    ...{
      number: index + 2,
      head: { ref: `other-${index}`, label: `up:other-${index}`, repo: { full_name: "up/DeltaPorts" } },
    },
  }));
  forge.pulls.push(...others);
  expect((await push()).delivery.pullRequest?.number).toBe(1);
});

test("a pull request of another's fork that is gone is not taken for ours", async () => {
  await using place = await createPlace({ kind: "gitea" });
  const { forge, push } = place;
  const head = { ref: branch, label: branch, repo: null };
  const theirs = { number: 1, html_url: `${forge.url}/up/DeltaPorts/pulls/1`, state: "closed", head };
  forge.pulls.push(theirs as unknown as Forge["pulls"][number]);
  expect((await push()).delivery.pullRequest).toMatchObject({ number: 2, state: "open" });
});

test("only a delivered fix, whose branch holds just what was proved, is pushed", async () => {
  await using place = await createPlace();
  const { bench, forge, push } = place;
  const { repository } = bench;
  const nowhere = bench.pushing(undefined as unknown as object, token);
  expect(nowhere.forge()).toBeNull();
  expect(await refused(nowhere.push("case-1", watching()))).toMatch(
    /no forge is configured.*portwright\.json/,
  );
  expect(await refused(push({}, { token: "" }))).toMatch(
    /no token for 127.*FORGE_TOKEN where the server is started/,
  );
  const worktree = join(bench.root, "worktree");
  runGit(repository, "worktree", "add", "-q", worktree, branch);
  write(worktree, "more.txt", "x");
  commitAll(worktree, "More");
  expect(await refused(push())).toMatch(/commits that are not ours.*push it yourself/);
  runGit(repository, "worktree", "remove", "--force", worktree);
  runGit(repository, "branch", "-D", branch);
  expect(await refused(push())).toMatch(/is gone: `portwright deliver undo case-1`/);
  await bench.delivery.undo("case-1", "ann");
  expect(await refused(push())).toMatch(/is accepted: only a delivered fix is pushed/);
  expect([forge.asked, forge.pulls]).toEqual([[], []]);
});

test("a branch of that name with other commits is never moved", async () => {
  await using place = await createPlace();
  const { bench, forge, push } = place;
  const remote = forge.repository("up/DeltaPorts");
  // An ancestor of ours: a plain push would move it on.
  runGit(bench.repository, "push", "-q", remote, `main:refs/heads/${branch}`);
  expect(await refused(push())).toMatch(/is there with other commits: look at it/);
  expect(runGit(remote, "rev-parse", branch)).toBe(runGit(bench.repository, "rev-parse", "main"));
  expect(forge.pulls).toEqual([]);
});

test.each<[string, (forge: Forge) => void, RegExp]>([
  ["a token that it does not take", () => {}, /cannot be pushed.*FORGE_TOKEN where the server is started/],
  [
    "a token that the API does not take",
    ({ instead }) => void instead.push((_, response) => json(response, 401, { message: `Bad ${token}` })),
    /does not take the token \(Bad \[token\]\).*Set Forge Token/,
  ],
  [
    "a token that is said back with what cleaning takes out in it",
    ({ instead }) =>
      void instead.push((_, response) =>
        json(response, 401, { message: `Bad ${token.slice(0, 6)}\u200b\u001b[1m${token.slice(6)}` }),
      ),
    /does not take the token \(Bad \[token\]\)/,
  ],
  [
    "an error nested deeper than it can be told",
    ({ instead }) =>
      void instead.push(
        (_, response) =>
          void response.writeHead(500).end(`{"errors":[${"[".repeat(1e5)}${"]".repeat(1e5)}],"message":"x"}`),
      ),
    /answers 500 \(/,
  ],
  [
    "a token without the right",
    ({ instead }) => void instead.push((_, response) => json(response, 403, { message: "Forbidden" })),
    /the right to write contents and pull requests of up\/DeltaPorts/,
  ],
  [
    "a repository that is not there",
    ({ instead }) => void instead.push((_, response) => json(response, 404, { message: "Not Found" })),
    /shows no repository up\/DeltaPorts.*correct "delivery\.forge"/,
  ],
  [
    "its limit of requests",
    ({ instead }) =>
      void instead.push((_, response) =>
        json(
          response,
          403,
          { message: "API rate limit exceeded" },
          { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1769904000" },
        ),
      ),
    /no more requests before 2026-02-01T00:00:00\.000Z: push again then/,
  ],
  [
    "a second limit",
    ({ instead }) => void instead.push((_, response) => json(response, 429, {}, { "retry-after": "61" })),
    /no more requests before 2026-02-01T00:01:00\.000Z/,
  ],
  [
    "a move",
    ({ instead }) =>
      void instead.push(
        (_, response) => void response.writeHead(301, { location: "http://127.0.0.1:9/" }).end(),
      ),
    /has moved.*correct "delivery\.forge"/,
  ],
  [
    "a draft that it has not",
    ({ instead }) =>
      void instead.push(
        (_, response) => json(response, 200, []),
        (_, response) =>
          json(response, 422, { message: "Draft pull requests are not supported in this repository." }),
      ),
    /set "draft" in "delivery\.forge" to false/,
  ],
  [
    "a branch that it does not know",
    ({ instead }) =>
      void instead.push(
        (_, response) => json(response, 200, []),
        (_, response) =>
          json(response, 422, { message: "Validation Failed", errors: [{ field: "base", code: "invalid" }] }),
      ),
    /opens no pull request \(Validation Failed; \{"field":"base".*is master a branch of up\/DeltaPorts/,
  ],
  [
    "words that are none",
    ({ instead }) => void instead.push((_, response) => void response.end("<html>\u001b[31mHello")),
    /answers otherwise than its API says/,
  ],
  [
    "an answer of another shape",
    ({ instead }) =>
      void instead.push((_, response) =>
        json(response, 200, [{ number: 1, html_url: "javascript:alert(1)" }]),
      ),
    /answers otherwise than its API says/,
  ],
  [
    "a page for a fault, with control characters",
    ({ instead }) =>
      void instead.push((_, response) => void response.writeHead(500).end(`\u001b[31m${"x".repeat(9000)}`)),
    /answers 500 \(x{300,400}…\)/,
  ],
])("%s is told with its remedy, and never the token", async (name, arrange, message) => {
  await using place = await createPlace();
  const { forge, push } = place;
  arrange(forge);
  const given = name === "a token that it does not take" ? { token: `not-${token.slice(0, 6)}` } : {};
  expect(await refused(push({}, given))).toMatch(message);
  expect(forge.pulls).toEqual([]);
});

test("an answer without end is not read on, and a silent one not waited for", async () => {
  await using place = await createPlace();
  const { forge, push } = place;
  let sent = 0;
  forge.instead.push((_, response) => {
    const more = () => {
      while (!response.destroyed && response.write("[".repeat(65_536))) sent += 65_536;
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  });
  expect(await refused(push())).toMatch(/answers without end/);
  expect(sent).toBeLessThan(32 * 1024 * 1024);
  forge.instead.push(() => {});
  expect(await refused(push({}, { timeoutMs: 50 }))).toMatch(/does not answer in time: push again later/);
});

test("a token that a hostile server says back through git is not told, nor sent elsewhere", async () => {
  await using place = await createPlace();
  const { forge, push, bench } = place;
  forge.insteadOfGit.push((request, response) => {
    const basic = request.headers.authorization ?? "";
    response.writeHead(403, { "content-type": "text/plain" });
    response.end(`${basic} ${Buffer.from(basic.slice(6), "base64")}`);
  });
  expect(await refused(push())).toMatch(/cannot be pushed/);
  let seen: string | undefined = "nothing asked";
  await using other = await startForge(join(bench.root, "other"), { token });
  const note = (headers: { authorization?: string }) => {
    seen = headers.authorization;
  };
  other.insteadOfGit.push((request, response) => {
    note(request.headers);
    response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
  });
  const remote = `${other.url}/up/DeltaPorts.git`;
  expect(await refused(push({ remote }))).toMatch(/not of the forge, so the token is not sent there/);
  expect(seen).toBeUndefined();
  forge.insteadOfGit.push(
    (_, response) => void response.writeHead(302, { location: `${remote}/info/refs` }).end(),
  );
  expect(await refused(push())).toMatch(/cannot be pushed/);
});

test("a forge leads nobody to another place, whatever it says of its pull request", async () => {
  await using place = await createPlace({ kind: "gitea" });
  const { bench, forge, push } = place;
  await push();
  const { host } = new URL(forge.url);
  const url = `${forge.url}/up/DeltaPorts/pulls/1`;
  for (const html_url of [
    ...["javascript:alert(1)", "file:///etc/passwd", "command:workbench.action.terminal.new", "no address"],
    ...[
      "https://evil.example/up/DeltaPorts/pulls/1",
      `http://ann@${host}/pulls/1`,
      `https://${host}/pulls/1`,
    ],
  ]) {
    Object.assign(forge.pulls[0] ?? {}, { html_url, state: "closed" });
    expect((await push()).delivery.pullRequest, html_url).toEqual({ number: 1, url, state: "closed" });
    expect(JSON.stringify(bench.store.events(0, 1000))).not.toContain(html_url);
  }
});

test("over ssh a branch goes to a host whose key is known, with a key of its own and no agent lent", async () => {
  await using place = await createPlace();
  const { bench, forge, push } = place;
  const said = join(bench.root, "said");
  // What the host gets to see, and then what it was asked for.
  const script = `env | grep -c '^SSH_AUTH_SOCK=' >'${said}'; echo "$SSH_ORIGINAL_COMMAND" >>'${said}'; exec sh -c "$SSH_ORIGINAL_COMMAND"`;
  writeFileSync(join(bench.root, "forced"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const sshd = await createSshd(join(bench.root, "sshd"), [`ForceCommand ${join(bench.root, "forced")}`]);
  try {
    const { user, host, port, identityFile, knownHosts } = sshd.ssh;
    const repository = forge.repository("up/DeltaPorts");
    const remote = `ssh://${user}@${host}:${port}${repository}`;
    const own = { identityFile, knownHosts: knownHosts?.[0] };
    const files = (more: object) => ({ remote, ssh: { ...own, ...more } });
    const written = (name: string, text: string) => {
      writeFileSync(join(bench.root, name), text);
      return join(bench.root, name);
    };
    expect(await refused(push(files({ knownHosts: written("none", "") })))).toMatch(
      /Host key verification failed.*check its key/,
    );
    const [, type = "", key = ""] = /^(\S+) (\S+)$/.exec(sshd.hostKey) ?? [];
    const other = Buffer.from(key, "base64");
    other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
    const changed = written("changed", `[${host}]:${port} ${type} ${other.toString("base64")}\n`);
    expect(await refused(push(files({ knownHosts: changed })))).toMatch(/another key than the known one/);
    expect([runGit(repository, "branch", "--list"), existsSync(said)]).toEqual(["", false]);
    const { delivery } = await push(files({}));
    expect(delivery).toMatchObject({ pushed: { remote }, pullRequest: { number: 1 } });
    expect(runGit(repository, "rev-parse", branch)).toBe(delivery.commit);
    expect(readFileSync(said, "utf8")).toBe(`0\ngit-receive-pack '${repository}'\n`);
    expect((await push(files({}))).delivery).toEqual(delivery);
  } finally {
    await sshd.stop();
  }
});

test("a path is pushed to without a token, from a shallow clone too, and nothing of its configuration runs", async () => {
  await using place = await createPlace();
  const { bench, forge } = place;
  const { repository, root, store } = bench;
  const clone = join(root, "shallow");
  runGit(repository, "branch", "-D", branch);
  await bench.delivery.undo("case-1", "ann");
  write(repository, "x", "x");
  commitAll(repository, "Second");
  runGit(root, "clone", "-q", "--depth=1", `file://${repository}`, clone);
  await bench.configured({ repository: clone }).apply("case-1", "ann");
  const ran = join(root, "ran");
  writeFileSync(join(root, "evil.sh"), `#!/bin/sh\necho x >>'${ran}'\n`, { mode: 0o755 });
  for (const name of ["core.sshCommand", "credential.helper", "core.askPass"])
    runGit(clone, "config", name, join(root, "evil.sh"));
  writeFileSync(join(clone, ".git/hooks/pre-push"), `#!/bin/sh\necho x >>'${ran}'\n`, { mode: 0o755 });
  const remote = forge.repository("up/DeltaPorts");
  runGit(repository, "push", "-q", remote, "main:master");
  const { delivery } = await bench.pushing({ ...forge.config, remote }, token).push("case-1", watching());
  expect(runGit(remote, "rev-parse", delivery.branch)).toBe(delivery.commit);
  expect(store.delivery(delivery.id)).toEqual(delivery);
  expect(existsSync(ran)).toBe(false);
});

test("a push that is cancelled ends, and leaves nothing behind", async () => {
  await using place = await createPlace();
  const { bench, forge } = place;
  const controller = new AbortController();
  forge.insteadOfGit.push(() => controller.abort(new Error("enough")));
  const pushing = bench
    .pushing(forge.config, token)
    .push("case-1", { ...watching(), signal: controller.signal });
  await expect(pushing).rejects.toThrow("enough");
  expect(bench.store.deliveriesOf("case-1")[0]?.pushed).toBeUndefined();
  expect((await place.push()).delivery.pullRequest?.number).toBe(1);
});
