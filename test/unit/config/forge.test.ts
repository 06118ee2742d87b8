import { expect, test } from "vitest";
import { ForgeConfig } from "../../../server/src/config/forge.ts";
import { forgePlace } from "../../../server/src/delivery/forge/place.ts";

const base = { kind: "github", repository: "up/DeltaPorts" };
const said = (config: object): string => {
  const { error } = ForgeConfig.safeParse({ ...base, ...config });
  return error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ") ?? "";
};
const placeOf = (config: object) => forgePlace(ForgeConfig.parse({ ...base, ...config }));

test("each kind has its addresses, and the token is for its own host alone", () => {
  expect(placeOf({})).toMatchObject({
    api: "https://api.github.com",
    ...{ remote: "https://github.com/up/DeltaPorts.git", host: "github.com", takesToken: true },
    config: { into: "master", draft: true, tokenVariable: "FORGE_TOKEN" },
  });
  expect(placeOf({ api: "https://git.example.org/api/v3/", fork: "ann/dp" })).toMatchObject({
    ...{ api: "https://git.example.org/api/v3", host: "git.example.org" },
    ...{ remote: "https://git.example.org/ann/dp.git", takesToken: true },
  });
  expect(placeOf({ kind: "gitea", api: "https://code.example.org/git/api/v1" }).remote).toBe(
    "https://code.example.org/git/up/DeltaPorts.git",
  );
  for (const remote of [
    "git@github.com:ann/dp.git",
    "ssh://git@github.com:22/ann/dp",
    "/srv/dp.git",
    "https://other.org/dp",
  ])
    expect(placeOf({ remote })).toMatchObject({ remote, takesToken: false });
});

test.each([
  ["a gitea without an address", { kind: "gitea" }, "api: a gitea has an address of its own"],
  ["an open way", { api: "http://git.example.org/api/v3" }, "api: write https"],
  ["a password in an address", { api: "https://u:p@git.example.org/api" }, "api: write https"],
  ["a token in a remote", { remote: "https://t0ken@github.com/a/b" }, "remote: write https"],
  ["a remote helper", { remote: "ext::sh -c id" }, "remote: "],
  ["a remote helper with a host", { remote: "git@ext::id" }, "remote: "],
  ["an option", { remote: "--receive-pack=/bin/id" }, "remote: "],
  ["a host that is an option", { remote: "ssh://-oProxyCommand/x" }, "remote: "],
  ["a user that is an option", { remote: "-x@host:y" }, "remote: "],
  ["a file elsewhere", { remote: "../x" }, "remote: "],
  ["another name", { repository: "../up" }, "repository: write it as OWNER/NAME"],
  ["a path", { repository: "up/.." }, "repository: write it as OWNER/NAME"],
  ["no branch", { into: "a..b" }, "into: write the name of a branch"],
])("refuses %s", (_, config, words) => {
  expect(said(config)).toContain(words);
});
