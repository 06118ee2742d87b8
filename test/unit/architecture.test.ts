import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { expect, it } from "vitest";

const sources = resolve(import.meta.dirname, "../../server/src");

/** The road of a failure; a folder imports only what stands before it (and itself). */
const road = [
  "async",
  "protocol",
  "sessionPage",
  "evidence",
  "store",
  "tracker",
  "config",
  "jobs",
  "policy",
  "environments",
  "builders",
  "agent",
  "plugins",
  "proof",
  "delivery",
  "language",
  "rpc",
  "cli",
];

function typescriptFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map((match) =>
    resolve(dirname(file), match[1] ?? ""),
  );
}

it("imports follow the road of a failure and never lead back", () => {
  const wrong: string[] = [];
  for (const file of typescriptFiles(sources)) {
    const [from = ""] = relative(sources, file).split(sep);
    expect(road, `folder ${from} has no place on the road`).toContain(from);
    for (const target of importsOf(file)) {
      const [to = ""] = relative(sources, target).split(sep);
      if (road.indexOf(to) > road.indexOf(from) || !road.includes(to)) {
        wrong.push(`${relative(sources, file)} imports ${relative(sources, target)}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

it("the editor's parts reach the server only through its protocol", () => {
  const root = resolve(sources, "../..");
  // Beside the types, what runs on both sides: pieces of the protocol, how a session is shown, how the keys of hosts are judged.
  const open = [
    "async/serial",
    "protocol",
    "attention",
    "live",
    "logPhases",
    "unifiedDiff",
    "origin",
    "sessionLines",
    "sessionPage/markdown",
    "sessionPage/markup",
    "sessionPage/page",
    "sessionPage/strings",
    "sessionPage/text",
    "sessionPage/visible",
    "knownHosts",
  ].map((part) => `@portwright/server/${part}`);
  const wrong = ["extension/src", "webview/src"].flatMap((part) =>
    typescriptFiles(join(root, part)).filter((file) => {
      const text = readFileSync(file, "utf8");
      const packages = [...text.matchAll(/from "(@portwright\/server[^"]*)"/g)].map((match) => match[1]);
      const outside = importsOf(file).some(
        (target) =>
          relative(join(root, part, ".."), target).startsWith("..") && target.includes(`${sep}server${sep}`),
      );
      return outside || packages.some((name) => !open.includes(name ?? ""));
    }),
  );
  expect(wrong).toEqual([]);
});
