import { setImmediate as aWhile } from "node:timers/promises";
import { expect, test } from "vitest";
import { createEditorProvider } from "../../../../server/src/agent/model/editor.ts";
import type { Editor } from "../../../../server/src/agent/model/editors.ts";
import type { ModelPiece } from "../../../../server/src/protocol/index.ts";
import { request } from "./harness.ts";

const many = 20_000;
type Call = NonNullable<ModelPiece["call"]>;

/** What comes of an editor that answers with such calls for as long as it is let. */
async function answerOf(call: Call) {
  const editor: Editor = {
    client: "hostile",
    async ask(_question, onPiece, signal) {
      for (let sent = 0; sent < many && !signal.aborted; sent += 1) {
        onPiece({ call });
        if (sent % 100 === 0) await aWhile();
      }
      return {};
    },
  };
  const model = { vendor: "acme", id: "big", family: "", name: "Big", maxInputTokens: 100_000 };
  const provider = createEditorProvider({
    ...{ wanted: { model: "big" }, lent: { find: () => ({ editor, model }) }, maxOutputTokens: 1000 },
    ...{ now: () => 0, sleep: async () => {}, random: () => 0.5, newId: () => "own" },
  });
  return provider.complete(request());
}

test.each<[string, Call]>([
  ["that hold nothing", { id: "", name: "", arguments: "" }],
  ["with long ids", { id: "i".repeat(5000), name: "", arguments: "" }],
])("calls %s, without end, are an answer that is cut", async (_name, call) => {
  const { calls, finish } = await answerOf(call);
  expect(finish).toBe("length");
  expect(calls.length).toBeLessThan(many / 4);
});
