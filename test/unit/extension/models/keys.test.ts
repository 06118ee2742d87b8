import { expect, test } from "vitest";
import type { Builder } from "../../../../extension/src/builders/builder.ts";
import { readDefinitions } from "../../../../extension/src/builders/definition.ts";
import { ModelKeys } from "../../../../extension/src/models/keys.ts";

/** An editor's secret store, and a server that has no key yet and notes what it is given. */
function place() {
  const secrets = new Map<string, string>();
  const given: unknown[] = [];
  const store = {
    get: async (name: string) => secrets.get(name),
    store: async (name: string, value: string) => void secrets.set(name, value),
    delete: async (name: string) => void secrets.delete(name),
  };
  const call = async (method: string, params: object) => {
    if (method === "models/setKey") given.push(params);
    return { models: [{ keyVariable: "KEY", hasKey: false }] };
  };
  const builderOf = (name: string, host = `${name}.example.org`) => builderAt({ name, type: "ssh", host });
  const builderAt = (entry: object) => {
    const [definition] = readDefinitions([entry]).builders;
    return {
      name: definition?.name,
      definition,
      connection: { call, capabilities: ["models"] },
    } as unknown as Builder;
  };
  const keys = new ModelKeys(store as unknown as ConstructorParameters<typeof ModelKeys>[0]);
  return { secrets, given, keys, builderOf, builderAt };
}

test("a server that lost a key gets it again, until its builder is removed; others keep theirs", async () => {
  const { secrets, given, keys, builderOf } = place();
  const [box, other] = [builderOf("box"), builderOf("other")];
  for (const builder of [box, other]) await keys.set(builder, "KEY", "secret");
  await keys.restore(box);
  expect(given).toEqual(Array(3).fill({ keyVariable: "KEY", key: "secret" }));
  await keys.forget(box);
  await keys.restore(builderOf("box"));
  expect(given).toHaveLength(3);
  expect([...secrets.keys()]).toEqual([expect.stringContaining("other.example.org")]);
});

test("another host that takes a builder's name gets none of its keys", async () => {
  const { given, keys, builderOf } = place();
  await keys.set(builderOf("box"), "KEY", "secret");
  await keys.restore(builderOf("box", "elsewhere.example.org"));
  expect(given).toHaveLength(1);
  await keys.set(builderOf("box", "elsewhere.example.org"), "OTHER", "its own");
  await keys.restore(builderOf("box"));
  expect(given.slice(1)).toEqual([
    { keyVariable: "OTHER", key: "its own" },
    { keyVariable: "KEY", key: "secret" },
  ]);
});

test("a builder that is renamed keeps its keys", async () => {
  const { given, keys, builderOf } = place();
  await keys.set(builderOf("box"), "KEY", "secret");
  await keys.restore(builderOf("bulk", "box.example.org"));
  expect(given).toHaveLength(2);
});

test("on this machine another command may lead to another server, which gets none of the keys", async () => {
  const { given, keys, builderAt } = place();
  const reached = (host: string) => builderAt({ name: "far", command: ["ssh", host, "portwright"] });
  await keys.set(reached("one"), "KEY", "secret");
  await keys.restore(reached("two"));
  expect(given).toHaveLength(1);
  await keys.restore(reached("one"));
  expect(given).toHaveLength(2);
});
