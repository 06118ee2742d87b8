import { expect, test } from "vitest";
import { readText } from "../../../../server/src/agent/recipes/files.ts";
import { newBench, StepRefused } from "../../../../server/src/agent/recipes/script.ts";

/** Reads a file of these bytes as get_file gives them. */
function read(bytes: Buffer) {
  const step = readText(newBench("devel/tool"), "/work/DeltaPorts/ports/devel/tool/Makefile");
  step.next();
  const facts = { sha256: "a".repeat(64), bytes: bytes.length, encoding: "base64" };
  return step.next([{ ok: true, facts, body: bytes.toString("base64") }]).value;
}

test("a file is read as text only where writing it back gives the same bytes", () => {
  expect(read(Buffer.from("# café\n"))).toMatchObject({ text: "# café\n" });
  expect(() => read(Buffer.from("# café\n", "latin1"))).toThrow(StepRefused);
});
