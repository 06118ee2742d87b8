import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { protocolSchema } from "../../../server/src/protocol/generate.ts";
import { eventTypes, methods, notifications } from "../../../server/src/protocol/index.ts";

const text = await readFile(
  new URL("../../../server/protocol.schema.generated.json", import.meta.url),
  "utf8",
);

test("the stored schema is the contract's own", () => {
  expect(JSON.parse(text)).toEqual(protocolSchema());
});

test("it holds every method, notification and event, and each reference leads somewhere", () => {
  const schema = JSON.parse(text);
  expect(Object.keys(schema.methods)).toEqual(Object.keys(methods).toSorted());
  expect(Object.keys(schema.notifications)).toEqual(Object.keys(notifications).toSorted());
  const variants: { properties: { type: { const: string } } }[] = schema.$defs.StoredEvent.oneOf;
  expect(variants.map(({ properties }) => properties.type.const)).toEqual(eventTypes);
  const references = [...text.matchAll(/"\$ref": "#\/\$defs\/([^"]+)"/g)].map((match) => match[1]);
  expect(references.length).toBeGreaterThan(50);
  for (const name of references) expect(schema.$defs).toHaveProperty([String(name)]);
});
