import type * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { Builders } from "../builders/builders.ts";
import { placeOf } from "../builders/definition.ts";

/** Keys of models and of a forge, of a builder, by the variable that its configuration names; kept by the editor, never in a setting. */
export class ModelKeys {
  readonly #secrets: vscode.SecretStorage;

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
  }

  /** Keeps the key and gives it to the server; "" forgets it here, while the server keeps what it has until it ends. */
  async set(builder: Builder, keyVariable: string, key: string): Promise<void> {
    if (key) await builder.connection.call("models/setKey", { keyVariable, key });
    const keys = await this.#read(builder);
    if (key) keys[keyVariable] = key;
    else delete keys[keyVariable];
    await this.#secrets.store(secretOf(builder), JSON.stringify(keys));
  }

  /** Gives a server what it forgot with its last end. */
  async restore(builder: Builder): Promise<void> {
    const { connection } = builder;
    const keys = await this.#read(builder);
    if (Object.keys(keys).length === 0) return;
    const { models } = await connection.call("models/list", {});
    const { forge } = connection.capabilities.includes("forge")
      ? await connection.call("delivery/forge", {})
      : { forge: null };
    const holders = forge ? [...models, forge] : models;
    for (const keyVariable of new Set(holders.map((holder) => holder.keyVariable))) {
      const key = keys[keyVariable];
      const missing = holders.some((holder) => holder.keyVariable === keyVariable && !holder.hasKey);
      if (key && missing) await connection.call("models/setKey", { keyVariable, key });
    }
  }

  /** Whatever stands there later gets none of them. */
  async forget(builder: Builder): Promise<void> {
    await this.#secrets.delete(secretOf(builder));
  }

  async #read(builder: Builder): Promise<Record<string, string>> {
    return JSON.parse((await this.#secrets.get(secretOf(builder))) ?? "{}") as Record<string, string>;
  }
}

const secretOf = ({ definition }: Builder): string => `portwright.keys/${placeOf(definition)}`;

/** Gives each builder its keys whenever it is connected. */
export function restoreKeys(builders: Builders, keys: ModelKeys, onError: (error: unknown) => void) {
  return builders.onState((builder) => {
    if (builder.connection.capabilities.includes("models")) keys.restore(builder).catch(onError);
  });
}
