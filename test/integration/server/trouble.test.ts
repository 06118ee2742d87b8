import { createHash } from "node:crypto";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { caseIn, createPlace, eventOf, git } from "./place.ts";

const origin = "games/tilerun";

test("trees with local changes are left alone: the case says which files, and goes on when they are committed", async () => {
  await using place = await createPlace();
  await place.build(origin);
  const draft = join(place.trees.deltaPorts, "ports", "www", "tinyhttp", "Makefile.DragonFly");
  await appendFile(draft, "# a porter's draft\n");
  const { client } = await place.start();
  const { case: subject } = await caseIn(client, origin, "escalated", "waiting");
  expect(subject.state).toBe("escalated");
  expect(subject.handOver).toMatch(/DeltaPorts.*tinyhttp\/Makefile\.DragonFly/s);
  expect(subject.handOver).toMatch(/commit|stash/);
  expect(await readFile(draft, "utf8")).toContain("# a porter's draft");

  await git(
    place.trees.deltaPorts,
    "-c",
    "user.name=p",
    "-c",
    "user.email=p@example.org",
    "commit",
    "-qam",
    "Draft",
  );
  await client.call("case/patch", { case: subject.id });
  expect((await caseIn(client, origin, "waiting")).proofs).toMatchObject([{ verdict: "proved" }]);
  expect(await git(place.trees.deltaPorts, "status", "--porcelain")).toBe("");
});

test("a port that does not extract is handed over with its phase, and spends no attempt on guesses", async () => {
  await using place = await createPlace();
  const port = join(place.trees.dports, "misc", "torn");
  await mkdir(port, { recursive: true });
  const makefile = [
    "PORTNAME=\ttorn",
    "DISTVERSION=\t1.0",
    "CATEGORIES=\tmisc",
    "MAINTAINER=\tp@example.org",
    "COMMENT=\tTorn",
  ];
  await writeFile(
    join(port, "Makefile"),
    `${[...makefile, "NO_CHECKSUM=\tyes", "", ".include <bsd.port.mk>"].join("\n")}\n`,
  );
  await writeFile(join(port, "pkg-descr"), "Torn\n");
  await writeFile(join(port, "pkg-plist"), "bin/torn\n");
  const torn = Buffer.from("this is no archive");
  await writeFile(join(place.trees.distfiles, "torn-1.0.tar.gz"), torn);
  const sum = createHash("sha256").update(torn).digest("hex");
  await writeFile(
    join(port, "distinfo"),
    `SHA256 (torn-1.0.tar.gz) = ${sum}\nSIZE (torn-1.0.tar.gz) = ${torn.length}\n`,
  );
  await place.build("misc/torn");
  const { client } = await place.start();
  const { case: subject, attempts } = await caseIn(client, "misc/torn", "escalated");
  expect(subject).toMatchObject({ phase: "extract", classification: "extract-error" });
  expect(attempts).toEqual([]);
  expect(subject.handOver).toContain(subject.cause.trim());
});

test("a porter stops an attempt: it ends, its environment goes, and the case says who stopped it", async () => {
  await using place = await createPlace();
  await place.build(origin);
  const { client } = await place.start();
  await eventOf(client, (event) => event.type === "turn/recorded");
  const { stopped } = await client.call("case/stop", { case: origin });
  expect(stopped).toHaveLength(1);
  const { case: subject, attempts, jobs } = await caseIn(client, origin, "escalated");
  expect(subject.handOver).toMatch(/stopped by \S+/);
  expect(attempts).toMatchObject([{ outcome: "stopped" }]);
  await expect
    .poll(async () => (await client.call("status", {})).jobs)
    .toEqual({ done: jobs.length - 1, cancelled: 1 });
  expect((await client.call("env/list", {})).environments).toEqual([]);
});

test("without trees cases are diagnosed, and asking for a repair says what to configure", async () => {
  await using place = await createPlace();
  await place.change((config) => {
    delete config.trees;
  });
  await place.build(origin);
  const { client } = await place.start();
  const { case: subject } = await caseIn(client, origin, "triaged");
  expect(subject.decision).toMatchObject({ tier: "AUTO", recipes: ["use-gmake"] });
  await expect(client.call("case/patch", { case: subject.id })).rejects.toThrow(/trees/);
});

test("a case that was handed over can be diagnosed again, and is handed over again", async () => {
  await using place = await createPlace();
  await place.build("devel/jsonpick");
  const { client } = await place.start();
  const { case: before } = await caseIn(client, "devel/jsonpick", "escalated");
  const { job } = await client.call("case/triage", { case: before.id });
  await expect
    .poll(
      async () =>
        (await client.call("case/get", { case: before.id })).jobs.find(({ id }) => id === job.id)?.state,
    )
    .toBe("done");
  const { case: after } = await client.call("case/get", { case: before.id });
  expect(after).toEqual({ ...before, updatedAt: after.updatedAt });
});

test("an unknown origin is named, with those that come close", async () => {
  await using place = await createPlace();
  await place.build(origin);
  const { client } = await place.start();
  await caseIn(client, origin, "waiting");
  await expect(client.call("case/get", { case: "games/tilerunn" })).rejects.toThrow(
    /games\/tilerunn.*games\/tilerun/s,
  );
});
