import { expect, it } from "vitest";
import { confine } from "../../../../extension/src/language/ports/middleware.ts";

const uri = (text: string) => {
  const { protocol, host, pathname } = new URL(text);
  return {
    ...{ scheme: protocol.slice(0, -1), authority: host, path: pathname },
    toString: () => text,
  };
};
const document = (text: string, characters = 10) =>
  ({ uri: uri(text), getText: () => "x".repeat(characters) }) as never;
const own = "portwright://bulk/port/Makefile";
const none = undefined as never;

async function open(text = own, characters?: number) {
  const middleware = confine(({ authority }) => authority === "bulk") as never as Record<
    string,
    (...given: unknown[]) => Promise<unknown>
  >;
  const asked = document(text, characters);
  let told = 0;
  await middleware.didOpen?.(asked, async () => {
    told += 1;
  });
  return { told, ask: (name: string, ...given: unknown[]) => middleware[name]?.(asked, ...given) };
}

it("tells a builder of its own documents, unless they are far too large", async () => {
  expect((await open()).told).toBe(1);
  expect((await open("portwright://other/port/Makefile")).told).toBe(0);
  expect((await open(own, 2_000_000)).told).toBe(0);
});

it("asks nothing about a document that it told nothing of", async () => {
  const { ask } = await open("portwright://other/port/Makefile");
  for (const name of ["provideCodeLenses", "provideDocumentLinks", "provideDocumentSymbols"])
    expect((await ask(name, none, () => expect.unreachable())) ?? null).toBeNull();
});

it("keeps the known lenses, links near the document and edits of the document only", async () => {
  const { ask } = await open();
  const lens = (command: string) => ({ command: { command } });
  const others = ["portwright.removeBuilder", "portwright.accept", "workbench.action.terminal.new"];
  const lenses = [lens("portwright.patch"), ...others.map(lens), {}];
  expect(await ask("provideCodeLenses", none, () => lenses)).toEqual([lenses[0]]);

  const links = ["portwright://bulk/devel/a/Makefile", "portwright://other/x", "file:///etc/passwd"]
    .concat(["command:portwright.openSource", "command:workbench.action.quit"])
    .map((target) => ({ target: uri(target) }));
  expect(await ask("provideDocumentLinks", none, () => links)).toEqual([links[0], links[3]]);

  const action = (...changed: string[]) => ({
    edit: { entries: () => changed.map((one) => [uri(one), []]) },
  });
  const actions = [
    action(own),
    action(own, "file:///etc/passwd"),
    { ...action(own), command: lens("x").command },
  ];
  expect(await ask("provideCodeActions", none, none, none, () => actions)).toEqual([actions[0]]);
});
