import { clean, clip } from "../../evidence/distill/clean.ts";

/** What git sends to a forge over https; the user's name is one that both kinds take beside a token. */
export const basicCredentials = (token: string): string =>
  Buffer.from(`x-access-token:${token}`).toString("base64");

const longest = 400;

/** Words of a forge or of git, on one line, bounded, and without the token, which a hostile one may say back. */
export function withoutToken(words: string, token: string): string {
  const forms = token === "" ? [] : [token, basicCredentials(token), encodeURIComponent(token)];
  const hidden = (text: string) => forms.reduce((rest, form) => rest.replaceAll(form, "[token]"), text);
  // What cleaning takes out may have stood in the midst of it.
  return clip(hidden(clean(hidden(words).replace(/\s+/g, " "))).trim(), longest);
}
