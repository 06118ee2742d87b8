import { redact } from "./redact.ts";

/** An address with a top-level domain of letters and a letter before it: no `port@flavor`, no `package@1.2.tgz`. */
const address =
  /(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){0,6}[0-9-]{0,62}[A-Za-z][A-Za-z0-9-]{0,62}\.[A-Za-z]{2,24}(?![A-Za-z0-9-])/g;

/** E-mail addresses replaced by `[e-mail]`. */
function redactEmails(text: string): string {
  return text.includes("@") ? text.replace(address, "[e-mail]") : text;
}

/** Whether a text is one address and nothing else, and would be taken out as such. */
export function isEmail(text: string): boolean {
  return text.replace(address, "") === "" && text !== "";
}

/** What the configuration asks to be taken out of text: secrets always, addresses when it says so. */
export function redactor({ emails }: { emails: boolean }): (text: string) => string {
  return emails ? (text) => redactEmails(redact(text)) : redact;
}
