/** Words of lines that `soundsLikeOrders` looks at. */
export const INJECTION_WORDS: readonly string[] = [
  "previous instructions",
  "prior instructions",
  "above instructions",
  "earlier instructions",
  "your instructions",
  "system prompt",
  "you are now",
  "you are an ai",
  "as an ai",
  "ai agent",
  "ai assistant",
  "language model",
  "<|im_start|>",
  "[inst]",
  "<system>",
  "</system>",
  "do not tell the user",
  "call the tool",
  "use the tool",
  "tool call",
  "exfiltrate",
];

const ORDERS =
  /(?:ignore|disregard|forget|override)\b.{0,40}\binstructions|system prompt|you are (?:now|an ai)\b|\b(?:as an ai|ai (?:agent|assistant)|language model)\b.{0,120}\b(?:must|should|please|run|ignore|reply|execute|instead)|<\|im_start\|>|\[inst\]|<\/?system>|do not tell the user|(?:call|use) the tool\b|exfiltrate/i;

/** Whether a line of a log reads like orders to an agent that reads it. */
export function soundsLikeOrders(text: string): boolean {
  return ORDERS.test(text);
}
