import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ProtocolConnection, PublishDiagnosticsParams } from "vscode-languageserver";
import { createTrees } from "../../../server/src/language/tree.ts";
import { sampleBundle, sampleCase, sampleRun } from "../../fixtures/states/entities.ts";
import { startTestServer, type TestServer } from "../rpc/services.ts";
import { type Editor, openEditor } from "./tunnel.ts";

/** A busy machine is slow, which is no fault. */
const patience = { timeout: 50_000 };
const uri = "file:///home/porter/ports/devel/one/Makefile";
const text = "PORTNAME=\tone\nUSES=\tgmake alias\n\n.include <bsd.port.mk>\n";
const capabilities = { workspace: { codeLens: { refreshSupport: true } } };

/** A server over a small tree that knows USES=gmake. */
async function startServer(): Promise<TestServer> {
  const server = await startTestServer();
  const freebsdPorts = join(server.stateDir, "freebsd-ports");
  mkdirSync(join(freebsdPorts, "Mk/Uses"), { recursive: true });
  writeFileSync(join(freebsdPorts, "Mk/Uses/gmake.mk"), "# Builds with GNU make.\n");
  const trees = createTrees({ freebsdPorts, deltaPorts: freebsdPorts, distfiles: freebsdPorts });
  Object.assign(server.services.knowledge, { trees });
  return server;
}

/** Diagnostics as they come. */
function diagnosticsOf(lsp: ProtocolConnection): { next(): Promise<PublishDiagnosticsParams> } {
  const come: PublishDiagnosticsParams[] = [];
  let arrived = Promise.withResolvers<void>();
  lsp.onNotification("textDocument/publishDiagnostics", (params: PublishDiagnosticsParams) => {
    come.push(params);
    arrived.resolve();
  });
  return {
    async next() {
      for (;;) {
        const first = come.shift();
        if (first) return first;
        arrived = Promise.withResolvers<void>();
        await arrived.promise;
      }
    },
  };
}

async function startLsp(editor: Editor) {
  const { name, lsp } = await editor.channel();
  const diagnostics = diagnosticsOf(lsp);
  const { capabilities: offered } = await lsp.sendRequest<{ capabilities: object }>("initialize", {
    ...{ processId: 1, rootUri: null, capabilities },
  });
  await lsp.sendNotification("initialized", {});
  return { name, lsp, diagnostics, offered };
}

const open = (lsp: ProtocolConnection, content = text, of = uri) =>
  lsp.sendNotification("textDocument/didOpen", {
    textDocument: { uri: of, languageId: "ports-makefile", version: 1, text: content },
  });

async function expectAlive(editor: Editor): Promise<void> {
  const { lsp } = await startLsp(editor);
  await open(lsp);
  expect(await lsp.sendRequest("textDocument/documentSymbol", { textDocument: { uri } })).toHaveLength(2);
}

test("an editor gets diagnostics, hovers and fixes through the one connection", patience, async () => {
  await using server = await startServer();
  using editor = await openEditor(server.rpc.path);
  const { lsp, diagnostics, offered } = await startLsp(editor);
  expect(offered).toMatchObject({ hoverProvider: true, documentSymbolProvider: true });
  await open(lsp);
  const { diagnostics: found, ...about } = await diagnostics.next();
  expect(about).toEqual({ uri, version: 1 });
  expect(found).toMatchObject([{ code: "unknown-uses", severity: 1, source: "portwright" }]);
  const textDocument = { uri };
  const hover = await lsp.sendRequest("textDocument/hover", {
    textDocument,
    position: { line: 1, character: 8 },
  });
  expect(JSON.stringify(hover)).toContain("Builds with GNU make.");
  const range = found[0]?.range;
  const fixes = await lsp.sendRequest("textDocument/codeAction", {
    textDocument,
    range,
    context: { diagnostics: [] },
  });
  expect(fixes).toMatchObject([
    { title: "Remove alias from USES", kind: "quickfix", edit: { changes: { [uri]: [{ newText: "" }] } } },
  ]);
  await lsp.sendNotification("textDocument/didChange", {
    textDocument: { uri, version: 2 },
    contentChanges: [{ range, text: "" }],
  });
  expect(await diagnostics.next()).toEqual({ uri, version: 2, diagnostics: [] });
  await lsp.sendNotification("textDocument/didClose", { textDocument });
  expect(await diagnostics.next()).toMatchObject({ uri, diagnostics: [] });
});

test(
  "evidence that comes is told about open documents, and the lenses are asked for anew",
  patience,
  async () => {
    await using server = await startServer();
    using editor = await openEditor(server.rpc.path);
    const { lsp, diagnostics } = await startLsp(editor);
    const refreshed = Promise.withResolvers<void>();
    lsp.onRequest("workspace/codeLens/refresh", () => {
      refreshed.resolve();
      return null;
    });
    const patchUri = "file:///p/ports/devel/one/files/patch-a.c";
    await open(lsp, "--- a.c\n+++ a.c\n@@ -1 +1 @@\n-a\n+b\n", patchUri);
    expect(await diagnostics.next()).toMatchObject({ uri: patchUri, diagnostics: [] });
    const bundle = sampleBundle();
    const finding = {
      ...{ kind: "patch-hunk-failed", line: 1, offset: 0, text: "Hunk #1 failed at 1.", phase: "patch" },
      ...{ captures: { patch: "patch-a.c", hunk: "1" }, confidence: 1, role: "primary" as const },
    };
    server.services.store.append([
      { type: "run/changed", payload: sampleRun() },
      {
        type: "bundle/added",
        payload: { ...bundle, diagnosis: { ...bundle.diagnosis, findings: [finding] } },
      },
      { type: "case/changed", payload: sampleCase() },
    ]);
    expect(await diagnostics.next()).toMatchObject({
      diagnostics: [{ message: "Hunk 1 does not apply; the last build said: Hunk #1 failed at 1." }],
    });
    await refreshed.promise;
    server.services.store.append([{ type: "case/changed", payload: sampleCase({ state: "closed" }) }]);
    expect(await diagnostics.next()).toMatchObject({ diagnostics: [] });
  },
);

const hostile: Record<string, unknown> = {
  "no message of LSP": { jsonrpc: "2.0", hello: 1 },
  "a request with an id that is none": { jsonrpc: "2.0", id: { a: 1 }, method: "shutdown" },
  "another protocol": { jsonrpc: "1.0" },
  "5 MiB": { jsonrpc: "2.0", method: "x", params: { text: "x".repeat(5 * 1024 * 1024) } },
  "the end": { jsonrpc: "2.0", method: "exit" },
};

test.each(Object.entries(hostile))("%s ends its channel only", patience, async (_name, message) => {
  await using server = await startServer();
  using editor = await openEditor(server.rpc.path);
  const bystander = await startLsp(editor);
  const { name } = await startLsp(editor);
  await editor.raw(name, message);
  expect(await editor.whenEnded(name)).not.toBe("");
  await open(bystander.lsp);
  expect(await bystander.diagnostics.next()).toMatchObject({ uri });
  await expectAlive(editor);
});

const odd: readonly { method: string; params?: unknown }[] = [
  { method: "textDocument/didOpen", params: null },
  { method: "textDocument/didOpen", params: { textDocument: { uri: 7, text: 7 } } },
  { method: "textDocument/didOpen", params: { textDocument: { uri, version: "x", text: 7 } } },
  {
    method: "textDocument/didChange",
    params: { textDocument: { uri }, contentChanges: [{ range: 5, text: 7 }] },
  },
  { method: "textDocument/didChange", params: { textDocument: { uri: "file:///none", version: 3 } } },
  { method: "textDocument/didClose", params: {} },
  { method: "$/setTrace", params: { value: {} } },
  { method: "$/cancelRequest", params: { id: {} } },
  { method: "workspace/didChangeConfiguration", params: [] },
];

test(
  "notifications that hold nonsense and questions that mean nothing leave the channel usable",
  patience,
  async () => {
    await using server = await startServer();
    using editor = await openEditor(server.rpc.path);
    const { name, lsp } = await startLsp(editor);
    for (const one of odd) await editor.raw(name, { jsonrpc: "2.0", ...one });
    for (const method of ["hover", "codeLens", "documentLink", "documentSymbol", "codeAction", "rename"])
      for (const params of [
        null,
        [],
        { textDocument: null },
        { textDocument: { uri }, position: -1, range: 3 },
      ])
        await lsp.sendRequest(`textDocument/${method}`, params).catch((error: unknown) => {
          expect(String(error)).not.toContain("/server/src/");
        });
    await lsp.sendNotification("textDocument/didClose", { textDocument: { uri } });
    await open(lsp);
    expect(await lsp.sendRequest("textDocument/documentSymbol", { textDocument: { uri } })).toHaveLength(2);
    expect(editor.ended.size).toBe(0);
  },
);

test(
  "at most four channels are open; closing one makes room, and what comes for it is dropped",
  patience,
  async () => {
    await using server = await startServer();
    using editor = await openEditor(server.rpc.path);
    const names = [];
    for (let made = 0; made < 4; made += 1) names.push((await editor.channel()).name);
    await expect(editor.channel()).rejects.toThrow("at most 4 language channels");
    await editor.outer.sendRequest("language/close", { channel: names[0] });
    await editor.outer.sendRequest("language/close", { channel: "unknown" });
    await editor.raw(names[0] ?? "", { jsonrpc: "2.0", id: 1, method: "initialize" });
    await expectAlive(editor);
  },
);

test("messages outside of the contract are dropped", patience, async () => {
  await using server = await startServer();
  using editor = await openEditor(server.rpc.path);
  await editor.outer.sendNotification("language/message", { channel: 7 });
  await editor.outer.sendNotification("language/message", []);
  await editor.outer.sendNotification("nothing/known", {});
  await expectAlive(editor);
});
