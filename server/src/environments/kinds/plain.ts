import { toPlainHost } from "../translate.ts";
import { quote } from "./quote.ts";
import type { InsideCommand, Kind, KindCommand, Place } from "./types.ts";

export const plainLacks =
  "plain folders isolate nothing: ports' code runs as this user, with the network, and can write whatever this user can";

/** No isolation: folders of the host, whose paths stand for those of /work. */
export function plainKind(why: string): Kind {
  return {
    name: "plain",
    note: `${why}; ${plainLacks}`,
    isolates: false,
    command: async (place, inside) => commandOf(place, inside),
    async plan(place, inside) {
      const { cwd, env, argv } = commandOf(place, inside);
      const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      return `${quote(["cd", cwd])} && ${quote(["env", "-i", ...variables, ...argv])}\n`;
    },
  };
}

function commandOf({ layout }: Place, { argv, cwd, variables }: InsideCommand): KindCommand {
  const host = (text: string) => toPlainHost(layout, text);
  const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, host(value)]));
  const [command = "", ...rest] = argv;
  const folder = host(cwd);
  return {
    // A command named by an absolute path outside /work is the host's own, /usr/local/bin included.
    argv: [command.startsWith("/work/") ? host(command) : command, ...rest.map(host)],
    cwd: folder,
    env: { ...env, PWD: folder },
  };
}
