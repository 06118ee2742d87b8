import { expect, it } from "vitest";
import { TunnelReader } from "../../../../extension/src/language/ports/tunnel.ts";

it("lets through what a language server may say, and nothing that makes the editor act", () => {
  const reader = new TunnelReader();
  const heard: unknown[] = [];
  const listening = reader.listen((message) => heard.push(message));
  const said = (method: string, id?: number) => ({ jsonrpc: "2.0", method, ...(id && { id }) });
  const answer = { jsonrpc: "2.0", id: 1, result: null };
  const problems = said("textDocument/publishDiagnostics");
  for (const message of [
    ...[answer, problems, said("window/showDocument", 2), said("workspace/applyEdit", 3)],
    ...[said("client/registerCapability", 4), said("window/showMessage"), {}, []],
  ])
    reader.take(message);
  expect(heard).toEqual([answer, problems]);
  const able = {
    hoverProvider: true,
    executeCommandProvider: { commands: ["x"] },
    documentFormattingProvider: true,
  };
  reader.take({ jsonrpc: "2.0", id: 5, result: { capabilities: able } });
  expect(heard.pop()).toEqual({ jsonrpc: "2.0", id: 5, result: { capabilities: { hoverProvider: true } } });
  listening.dispose();
  reader.take(answer);
  expect(heard).toHaveLength(2);
});
