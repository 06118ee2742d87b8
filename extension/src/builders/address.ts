/** Where somebody logs in; "" and 0 leave the user and the port to the configuration. */
export interface Address {
  host: string;
  user: string;
  port: number;
}

/** Reads `[user@]host[:port]`, a host with colons in brackets, or an ssh:// address of these; null for anything else. */
export function parseAddress(text: string): Address | null {
  const form =
    /^(?:ssh:\/\/)?(?:([^\s@-][^\s@]*)@)?(?:\[([^\]\s]+)\]|([^-:[\]@\s][^:[\]@\s]*))(?::(\d{1,5}))?\/?$/;
  const [, user = "", bracketed, bare, digits = "0"] = form.exec(text.trim()) ?? [];
  const host = bracketed ?? bare;
  const port = Number(digits);
  return host === undefined || port > 65_535 ? null : { host, user, port };
}
