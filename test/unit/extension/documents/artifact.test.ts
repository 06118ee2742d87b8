import { expect, it } from "vitest";
import { pathInFolder } from "../../../../extension/src/documents/artifact.ts";

it.each([
  ["logs/full.log", ["logs", "full.log"]],
  ["/../a/./../b", ["a", "b"]],
  ["..\\..\\Startup\\x.cmd", ["Startup", "x.cmd"]],
])("%s stays below the folder that it is exported to", (name, path) => {
  expect(pathInFolder(name)).toEqual(path);
});
