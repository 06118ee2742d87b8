import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDefinitions, serverCommand } from "../../../../extension/src/builders/definition.ts";

describe("portwright.builders", () => {
  it("fills in what is left out", () => {
    expect(readDefinitions([{ name: "here" }, { name: "far", type: "ssh", host: "b.example" }])).toEqual({
      builders: [
        {
          ...{ name: "here", type: "local", host: "", user: "", port: 0, identity: "" },
          ...{ ssh: "builtin", command: ["portwright"], state: "" },
        },
        {
          ...{ name: "far", type: "ssh", host: "b.example", user: "", port: 0, identity: "" },
          ...{ ssh: "builtin", command: ["portwright"], state: "" },
        },
      ],
      problems: [],
    });
  });

  it.each([
    [{}, "portwright.builders[0].name:"],
    ["far", "portwright.builders[0].name:"],
    [{ name: "Far" }, "portwright.builders[0].name:"],
    [{ name: "far", type: "ftp" }, "portwright.builders[0].type:"],
    [{ name: "far", type: "ssh" }, "portwright.builders[0].host:"],
    [{ name: "far", type: "ssh", host: "-oProxyCommand=x" }, "portwright.builders[0].host:"],
    [{ name: "far", type: "ssh", host: "b", user: "-l" }, "portwright.builders[0].user:"],
    [{ name: "far", type: "ssh", host: "b", port: 70_000 }, "portwright.builders[0].port:"],
    [{ name: "far", ssh: "putty" }, "portwright.builders[0].ssh:"],
    [{ name: "far", command: "portwright" }, "portwright.builders[0].command:"],
    [{ name: "far", command: [] }, "portwright.builders[0].command:"],
    [{ name: "far", state: 1 }, "portwright.builders[0].state:"],
  ])("%j is left out, with the field at fault", (entry, problem) => {
    const { builders, problems } = readDefinitions([entry, { name: "good" }]);
    expect(builders.map(({ name }) => name)).toEqual(["good"]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it("takes a name once", () => {
    const { builders, problems } = readDefinitions([{ name: "far" }, { name: "far", state: "/x" }]);
    expect(builders).toHaveLength(1);
    expect(problems).toEqual([expect.stringContaining("portwright.builders[1].name:")]);
  });

  it("is read without an error whatever stands there", () => {
    fc.assert(
      fc.property(fc.anything(), (setting) => {
        const { builders, problems } = readDefinitions(setting);
        if (Array.isArray(setting)) expect(builders.length + problems.length).toBe(setting.length);
        else expect(problems).toHaveLength(1);
      }),
    );
  });
});

it("a state folder is named to the server's command", () => {
  const [builder] = readDefinitions([{ name: "far", command: ["doas", "portwright"], state: "/s" }]).builders;
  if (!builder) throw new Error("no builder");
  expect(serverCommand(builder, "connect", "--stdio")).toEqual([
    ...["doas", "portwright", "--state", "/s", "connect", "--stdio"],
  ]);
});
