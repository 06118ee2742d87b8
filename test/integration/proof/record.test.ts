import { execFileSync, spawnSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { atCommits } from "../../../server/src/proof/repeat.ts";
import type { Proof, ProofFinding } from "../../../server/src/protocol/index.ts";
import { blobPath } from "../../../server/src/store/blobs.ts";
import { commitAll } from "../environments/support.ts";
import { createProofBench, kind, type ProofBench } from "./bench.ts";

let bench: ProofBench;
let proof: Proof;
beforeAll(async () => {
  bench = await createProofBench();
  proof = await bench.prove();
});
afterAll(() => bench[Symbol.asyncDispose]());

const watching = { signal: new AbortController().signal, progress: () => {} };
const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" }).trim();
const wrong = (findings: ProofFinding[]) =>
  findings.filter(({ state }) => state !== "same").map(({ what, state }) => `${what}: ${state}`);
const blob = (sha256: string) => blobPath(join(bench.place.stateDir, "blobs"), sha256);

/** Runs `work` while the file holds something else. */
async function spoiled(file: string, content: Uint8Array | null, work: () => Promise<void>): Promise<void> {
  const before = readFileSync(file);
  rmSync(file);
  if (content !== null) writeFileSync(file, content);
  try {
    await work();
  } finally {
    writeFileSync(file, before);
  }
}

async function exported(name: string): Promise<string> {
  const { files } = await bench.service.export(bench.service.find(proof.id));
  const folder = join(bench.place.folder, name);
  mkdirSync(folder, { recursive: true });
  for (const { name: file, sha256 } of files)
    writeFileSync(join(folder, file), (await bench.store.blobs.read(sha256)).data);
  return folder;
}

test("a record says what it rests on: contents of trees, inputs, tools, what was expected, times", async () => {
  const { freebsdPorts, deltaPorts } = bench.place.trees;
  expect(proof).toMatchObject({
    verdict: "proved",
    environment: kind,
    origin: "games/tilerun",
    target: "@main",
  });
  expect(proof.treeHashes).toEqual({
    "freebsd-ports": git("-C", freebsdPorts, "rev-parse", "HEAD^{tree}"),
    DeltaPorts: git("-C", deltaPorts, "rev-parse", "HEAD^{tree}"),
  });
  expect(proof.expected).toEqual({ signature: "", phase: "build", classification: "build-system-error" });
  expect(proof.tools).toMatchObject({ portwright: "9.9.9", bmake: expect.stringMatching(/^\d+$/) });
  expect(proof.tools).toMatchObject({
    system: expect.stringContaining("Linux"),
    cc: expect.stringMatching(/\d\./),
  });
  expect(proof.baselineInputSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(proof.baselineInputSha256).not.toBe(proof.inputSha256);
  expect(proof.endedAt).toBeGreaterThan(proof.startedAt);
});

test("it is checked without a build, and what differs is named", async () => {
  const { service } = bench;
  const verify = async () => (await service.verify(service.find("games/tilerun"))).findings;
  await expect(service.find.bind(service, "games/tilerun")).toThrow(/has no proof.*case verify/);
  const whole = await service.verify(service.find(proof.id));
  expect([whole.sound, wrong(whole.findings), whole.findings.length]).toEqual([true, [], 7]);

  const subject = bench.store.case("case-1");
  bench.store.append([{ type: "case/changed", payload: { ...subject, proofId: proof.id } as never }]);
  const { diffSha256, baseline, build } = proof;
  const other = gzipSync("something else");
  await spoiled(blob(diffSha256), other, async () => {
    expect(wrong(await verify())).toEqual(["the diff: differs"]);
  });
  await spoiled(blob(baseline?.logSha256 ?? ""), null, async () => {
    expect(wrong(await verify())).toEqual(["the log of the build without the diff: missing"]);
  });
  await spoiled(blob(build?.logSha256 ?? ""), Buffer.from("no gzip"), async () => {
    expect(wrong(await verify())).toEqual(["the log of the build with the diff: differs"]);
  });
  const file = blob(diffSha256);
  const aside = `${file}.aside`;
  const instead: [string, () => void][] = [
    ["cut", () => writeFileSync(file, readFileSync(aside).subarray(0, 20))],
    ["emptied", () => writeFileSync(file, "")],
    ["a link to the same", () => symlinkSync(aside, file)],
    ["a folder", () => mkdirSync(file)],
    ["a pipe that nobody writes to", () => execFileSync("mkfifo", [file])],
  ];
  for (const [how, put] of instead) {
    renameSync(file, aside);
    put();
    expect([how, ...wrong(await verify())]).toEqual([how, "the diff: differs"]);
    rmSync(file, { recursive: true });
    renameSync(aside, file);
  }
  expect(wrong(await verify())).toEqual([]);

  const forge = async (changes: Partial<Proof>) => {
    const { findings, sound } = await service.verify({ ...proof, ...changes });
    return [sound, ...wrong(findings)];
  };
  const old = { recordSha256: undefined, tools: undefined, expected: undefined, treeHashes: undefined };
  expect(await forge(old)).toContain("the record: unchecked");
  expect(await forge({ trees: { DeltaPorts: "1".repeat(40) } })).toContain("the tree DeltaPorts: unchecked");
});

/** What those commands of a folder's README that begin so come to there, by sh(1). */
function followed(folder: string, kind = /^(?!portwright)/) {
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  const commands = readme.split("\n").flatMap((line) => /^ {4}(.*)/.exec(line)?.[1] ?? []);
  const chosen = commands.filter((command) => kind.test(command));
  const script = chosen.map((command) => `${command}\necho "status $?"\n`).join("");
  const { stdout } = spawnSync("sh", ["-c", script], { cwd: folder, encoding: "utf8" });
  const said = stdout.split(/^status (\d+)\n/m);
  const answers = chosen.map((command, index) => {
    return { command, stdout: said[2 * index] ?? "", status: Number(said[2 * index + 1]) };
  });
  return { readme, answers };
}

test("an export is the same bytes twice, and its README's own steps hold with plain tools", async () => {
  const [first, second] = [await exported("beside/first"), await exported("second")];
  expect(spawnSync("diff", ["-r", first, second], { encoding: "utf8" })).toMatchObject({
    status: 0,
    stdout: "",
  });
  expect(readdirSync(first).sort()).toEqual(
    ["README.md", "SHA256SUMS", "baseline.log", "build.log", "fix.diff", "record.json"].sort(),
  );
  git("clone", "-q", bench.place.trees.deltaPorts, join(first, "../DeltaPorts"));
  git("clone", "-q", bench.place.trees.freebsdPorts, join(first, "../freebsd-ports"));
  const { readme, answers } = followed(first);
  expect(answers).toHaveLength(12);
  expect(answers.filter(({ status }) => status !== 0)).toEqual([]);
  const said = answers.map(({ stdout }) => stdout).join("");
  for (const words of [`${proof.recordSha256}  record.json`, ...Object.values(proof.treeHashes ?? {})])
    expect(said).toContain(words);
  expect(readme).toContain(`\`${proof.recordSha256}\``);
});

test("whatever is changed in an exported folder, its README's steps tell it", async () => {
  const whole = await exported("whole");
  const names = readdirSync(whole);
  const complaints = (folder: string) => {
    const { readme, answers } = followed(folder, /^(?:sha256sum|find|grep)/);
    const [sums, others, record, ...parts] = answers;
    const lines = sums?.stdout.split("\n").filter(Boolean) ?? [];
    const missing = names.filter((name) => name !== "SHA256SUMS" && !lines.includes(`${name}: OK`));
    return [
      ...missing,
      ...(others?.stdout.split("\n").filter(Boolean) ?? []),
      ...(readme.includes(record?.stdout.slice(0, 64) || "no hash") ? [] : ["the record"]),
      ...parts.flatMap(({ command, status }) => (/^grep/.test(command) && status !== 0 ? [command] : [])),
    ].join(" ");
  };
  expect(complaints(whole)).toBe("");

  const change = (name: string) => (folder: string) => {
    const file = join(folder, name);
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace(/^./, (first) => (first === "0" ? "1" : "0")),
    );
  };
  const seal = (folder: string, name: string) => {
    const sums = readFileSync(join(folder, "SHA256SUMS"), "utf8");
    const hash = createHash("sha256")
      .update(readFileSync(join(folder, name)))
      .digest("hex");
    writeFileSync(join(folder, "SHA256SUMS"), sums.replace(new RegExp(`^.{64}(?=  ${name}$)`, "m"), hash));
  };
  const linked = (name: string) => (folder: string) => {
    rmSync(join(folder, name));
    symlinkSync(join(whole, name), join(folder, name));
  };
  const emptied = (name: string): typeof rows => {
    const told = name === "SHA256SUMS" ? "README.md" : name;
    return [
      [`${name} cut`, told, (folder) => writeFileSync(join(folder, name), "")],
      [`${name} gone`, told, (folder) => rmSync(join(folder, name))],
    ];
  };
  const rows: [string, string, (folder: string) => void][] = [
    // Whoever has no README has no steps.
    ...names.flatMap((name): typeof rows => [
      [`${name} changed`, name === "SHA256SUMS" ? "README.md" : name, change(name)],
      [`${name} a link`, `./${name}`, linked(name)],
      ...(name === "README.md" ? [] : emptied(name)),
    ]),
    ["a file more", "./more.log", (folder) => writeFileSync(join(folder, "more.log"), "")],
    ["a hidden file more", "./.more", (folder) => writeFileSync(join(folder, ".more"), "")],
    ["a folder more", "./more", (folder) => mkdirSync(join(folder, "more"))],
    [
      "a hash left out",
      "build.log",
      (folder) => {
        const sums = readFileSync(join(folder, "SHA256SUMS"), "utf8");
        writeFileSync(join(folder, "SHA256SUMS"), sums.replace(/^.*build\.log\n/m, ""));
      },
    ],
    ...["record.json", "fix.diff", "baseline.log", "build.log"].map((name): (typeof rows)[number] => [
      `${name} changed, with its hash`,
      name === "record.json" ? "the record" : name,
      (folder) => {
        change(name)(folder);
        seal(folder, name);
      },
    ]),
  ];
  for (const [how, told, tamper] of rows) {
    const folder = join(bench.place.folder, "tampered");
    cpSync(whole, folder, { recursive: true });
    tamper(folder);
    expect([how, complaints(folder)]).toEqual([how, expect.stringContaining(told)]);
    rmSync(folder, { recursive: true });
  }
});

test("it is not exported with a part that is spoiled", async () => {
  await spoiled(blob(proof.diffSha256), gzipSync("something else"), async () => {
    await expect(bench.service.export(proof)).rejects.toThrow(/damaged/);
  });
  await expect(bench.service.export({ ...proof, endedAt: 1 })).rejects.toThrow(/not as it was made/);
});

test("it is made once more from its own commits, also when the trees went on, and compared", async () => {
  const { service, store } = bench;
  const { deltaPorts } = bench.place.trees;
  writeFileSync(join(deltaPorts, "ports/later.txt"), "x");
  commitAll(deltaPorts, "Go on");
  const told: string[] = [];
  const { repeated, findings, sound } = await service.repeat(proof, {
    ...watching,
    progress: (text) => told.push(text),
  });
  expect([sound, wrong(findings)]).toEqual([true, []]);
  expect(repeated).toMatchObject({ verdict: "proved", repeats: proof.id, trees: proof.trees });
  expect(store.proof(repeated.id)).toEqual(repeated);
  expect(told).toEqual(
    expect.arrayContaining(["building without the diff", "building with the diff", "package"]),
  );
  expect(store.case("case-1")?.state).toBe("escalated");
  expect(readdirSync(bench.place.stateDir)).not.toContain("repeat");

  const forged = { ...proof, inputSha256: "0".repeat(64), tools: { ...proof.tools, cc: "cc 1" } };
  const second = await service.repeat(forged, watching);
  expect([second.sound, wrong(second.findings)]).toEqual([
    false,
    ["what was built with the diff: differs", "the version of cc: unchecked"],
  ]);
  const gone = { ...proof, trees: { ...proof.trees, DeltaPorts: "1".repeat(40) } };
  await expect(service.repeat(gone, watching)).rejects.toThrow(/has no commit 1{40} of DeltaPorts.*fetch/);
});

test("what a killed server left mounted in its copies is never gone into", async () => {
  const { place, manager } = bench;
  const { stateDir } = place;
  const options = { config: place.config(kind), stateDir, now: Date.now, newId: randomUUID };
  const copied = () =>
    atCommits(manager, options, { proof, present: {}, signal: watching.signal }, async () => "worked");
  const left = join(stateDir, "repeat/environments/.mounted-1-x");
  mkdirSync(left, { recursive: true });
  writeFileSync(join(left, "someone's"), "");
  await expect(copied()).rejects.toThrow(/\.mounted-1-x cannot be removed/);
  expect(readdirSync(left)).toEqual(["someone's"]);
  rmSync(join(left, "someone's"));
  expect(await copied()).toBe("worked");
  expect(readdirSync(stateDir)).not.toContain("repeat");
});

test("a fault behind the build with the diff is no contradiction in its record", async () => {
  const builder = { ...bench.setup.builder };
  let builds = 0;
  builder.build = (request) => {
    builds += 1;
    if (builds === 3) throw new Error("the machine is out of memory");
    return bench.setup.builder.build(request);
  };
  const faulty = await bench.prove({ builder, asks: { checks: ["stage-qa"], dependents: 0 } });
  expect(faulty).toMatchObject({ verdict: "error", build: { passed: true } });
  const { sound, findings } = await bench.service.verify(faulty);
  expect([sound, wrong(findings)]).toEqual([true, []]);
});

test("one at a time is repeated, and an end asked for leaves no record", async () => {
  const { service, store, manager } = bench;
  const before = store.proofsOf("case-1").length;
  const stop = new AbortController();
  const running = service.repeat(proof, {
    signal: stop.signal,
    progress: (text) => text === "build" && stop.abort(),
  });
  await expect(service.repeat(proof, watching)).rejects.toThrow(/another proof is being repeated/);
  await expect(running).rejects.toThrow(/abort/i);
  expect(store.proofsOf("case-1")).toHaveLength(before);
  expect(await manager.list()).toEqual([]);
});
