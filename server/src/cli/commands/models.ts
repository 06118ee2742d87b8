import { text } from "node:stream/consumers";
import type { ModelInfo } from "../../protocol/index.ts";
import { CliError, exitCodes } from "../failure.ts";
import { table } from "../output.ts";
import { callAndShow } from "../session.ts";
import type { Terminal } from "../terminal.ts";

export async function models(terminal: Terminal): Promise<void> {
  await callAndShow(terminal, "models/list", {}, (answer) => showModels(terminal, answer));
}

/** The key comes by stdin alone: arguments are there for everyone on the host to read. */
export async function setKey(terminal: Terminal, keyVariable: string): Promise<void> {
  if (process.stdin.isTTY)
    throw new CliError(
      exitCodes.usage,
      `give the key by stdin, where nobody sees it: portwright models set-key ${keyVariable} < FILE`,
    );
  const key = (await text(process.stdin)).trim();
  if (key === "") throw new CliError(exitCodes.usage, "stdin held no key");
  await callAndShow(terminal, "models/setKey", { keyVariable, key }, (answer) =>
    showModels(terminal, answer),
  );
}

function showModels(terminal: Terminal, { models: found }: { models: ModelInfo[] }): string {
  if (found.length === 0) return "no model is configured: rules alone repair\n";
  return table(
    found,
    [
      { title: "NAME", value: ({ name }) => name },
      { title: "MODEL", value: ({ model }) => model },
      { title: "ELSE", value: ({ failover }) => failover?.join(", ") ?? "-" },
      { title: "ENDPOINT", value: ({ endpoint }) => endpoint },
      { title: "KEY", value: keyText },
      { title: "A MILLION TOKENS", value: ({ price }) => priceText(price) },
    ],
    terminal.width,
  );
}

const priceText = (price: ModelInfo["price"]): string =>
  price ? `${price.uncached} / ${price.cached} / ${price.output} ${price.unit}` : "-";

function keyText({ keyVariable, hasKey, editor }: ModelInfo): string {
  if (editor) return editor.client === null ? "(no connected editor lends it)" : `lent by ${editor.client}`;
  return `${keyVariable}${hasKey ? "" : " (not set)"}`;
}
