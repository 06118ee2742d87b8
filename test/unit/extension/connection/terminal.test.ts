import { expect, it } from "vitest";
import { readDefinitions } from "../../../../extension/src/builders/definition.ts";
import { terminalCommand } from "../../../../extension/src/connection/terminal.ts";

const commandOf = (entry: object) => {
  const [definition] = readDefinitions([entry]).builders;
  return definition && terminalCommand(definition, ["env", "shell", "mine"]);
};

it("is the builder's own command where it is here", () => {
  expect(commandOf({ name: "here", command: ["node", "pw.js"], state: "/s" })).toEqual([
    "node",
    "pw.js",
    "--state",
    "/s",
    "env",
    "shell",
    "mine",
  ]);
});

it("goes through ssh with a terminal to a far one, each word quoted", () => {
  const far = { name: "far", type: "ssh", host: "b.example.org", user: "root", port: 2222, state: "/a b" };
  const words = commandOf(far);
  expect(words?.slice(0, -1)).toEqual(["ssh", "-t", "-l", "root", "-p", "2222", "--", "b.example.org"]);
  expect(words?.at(-1)).toContain("exec /bin/sh -c ");
  expect(words?.at(-1)).toContain("/a b");
});
