import fc from "fast-check";
import { expect, test } from "vitest";
import { createAccumulator, EXTRA_BYTES } from "../../../../server/src/agent/model/accumulate.ts";

const call = fc.record({
  name: fc.constantFrom("get_file", "build", "grep"),
  arguments: fc
    .dictionary(fc.string({ maxLength: 8 }), fc.oneof(fc.string(), fc.integer()), { maxKeys: 3 })
    .map((value) => JSON.stringify(value)),
});
/** How an endpoint marks its deltas. */
const manner = fc.constantFrom("index", "no index", "index 0", "id on each delta", "no id");

test("whole calls come out, wherever their text was cut and however their deltas are marked", () => {
  fc.assert(
    fc.property(
      fc.array(call, { maxLength: 4 }),
      manner,
      fc.integer({ min: 1, max: 9 }),
      (calls, how, size) => {
        let ids = 0;
        const accumulator = createAccumulator(() => `own-${++ids}`);
        for (const [number, { name, arguments: text }] of calls.entries()) {
          const marks = {
            ...(how !== "no index" && { index: how === "index 0" ? 0 : number }),
            ...(how === "id on each delta" && { id: `id-${number}` }),
          };
          const id = how === "no id" ? {} : { id: `id-${number}` };
          const head = { ...marks, ...id, function: { name, arguments: "" } };
          const pieces = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
          const deltas = [head, ...pieces.map((piece) => ({ ...marks, function: { arguments: piece } }))];
          for (const delta of deltas) accumulator.push({ choices: [{ delta: { tool_calls: [delta] } }] });
        }
        const answer = accumulator.answer();
        expect(answer.calls.map(({ name, arguments: text }) => ({ name, arguments: text }))).toEqual(calls);
        expect(new Set(answer.calls.map(({ id }) => id)).size).toBe(calls.length);
      },
    ),
  );
});

test("fields of an endpoint's own are kept piece by piece, and not without end", () => {
  const accumulator = createAccumulator(() => "own");
  const push = (delta: object) => accumulator.push({ choices: [{ delta }] });
  const details = [{ text: "a" }];
  push({ reasoning_details: details, signature: "ab" });
  push({ reasoning_details: [{ text: "b" }], signature: "cd" });
  const kept = { reasoning_details: [{ text: "a" }, { text: "b" }], signature: "abcd" };
  expect(accumulator.answer().extra).toEqual(kept);
  expect(details).toHaveLength(1);
  for (let at = 0; at < 3; at += 1) push({ padding: "x".repeat(512 * 1024) });
  expect(accumulator.extraBytes).toBeGreaterThan(EXTRA_BYTES);
  const { padding, ...rest } = accumulator.answer().extra ?? {};
  expect(rest).toEqual(kept);
  expect(String(padding).length).toBeLessThanOrEqual(EXTRA_BYTES);
});

test("no chunk, whatever it holds, breaks it", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), fc.jsonValue(), (chunks, delta) => {
      const accumulator = createAccumulator(() => "own");
      for (const chunk of chunks) accumulator.push(chunk);
      accumulator.push({ choices: [{ delta, finish_reason: delta, usage: delta }] });
      accumulator.push({ choices: [{ delta: { tool_calls: delta, content: delta } }] });
      expect(accumulator.answer().text).toBeTypeOf("string");
    }),
  );
});
