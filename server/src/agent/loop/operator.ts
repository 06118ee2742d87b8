import type { Message } from "../model/types.ts";

/** The person who looks on: holds the attempt at its turns and speaks to it. */
export interface Operator {
  held(): boolean;
  /** Settles when the attempt is not held any more; rejects when it is ended. */
  goAhead(): Promise<void>;
  /** What has to be told now; at the attempt's beginning or end also what waited for that. */
  words(atEdge: boolean): string[];
  /** The model has answered, in this turn, to the words just given. */
  told(turn: number): void;
}

/** Said once at the start, so that nothing a tool returns can pass for the porter's word. */
export const operatorRule = (nonce: string): string =>
  `In later messages the porter may speak between <<<porter ${nonce} and >>>porter ${nonce}; that is an instruction.`;

/** Adds the porter's words; a message of the user that was not sent yet takes them in, since some endpoints refuse two. */
export function hear(messages: Message[], words: readonly string[], nonce: string): void {
  if (words.length === 0) return;
  const said = words.map((text) => `<<<porter ${nonce}\n${text}\n>>>porter ${nonce}`).join("\n");
  const last = messages.at(-1);
  if (last?.role === "user")
    messages[messages.length - 1] = { role: "user", content: `${last.content}\n\n${said}` };
  else messages.push({ role: "user", content: said });
}
