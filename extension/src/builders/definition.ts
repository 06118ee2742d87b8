/** A builder as the settings name it. */
export interface BuilderDefinition {
  /** Unique; stands in the addresses of documents, so in small letters. */
  readonly name: string;
  readonly type: "local" | "ssh";
  /** Host name, address, or an alias of ~/.ssh/config; of type `ssh` only. */
  readonly host: string;
  /** "" leaves it to ~/.ssh/config, else to the name of the person here. */
  readonly user: string;
  /** 0 leaves it to ~/.ssh/config, else 22. */
  readonly port: number;
  /** Private key file; "" leaves it to ~/.ssh/config and the agent. */
  readonly identity: string;
  /** The program that speaks SSH: what comes with the extension, or the system's own. */
  readonly ssh: "builtin" | "system";
  /** Program and arguments that reach the server there; `connect --stdio` is added. */
  readonly command: readonly string[];
  /** State folder of the server; "" leaves the choice to the command. */
  readonly state: string;
}

const namePattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const defaultCommand = ["portwright"];

interface ReadDefinitions {
  builders: BuilderDefinition[];
  /** What is wrong with the entries that were left out, with field and remedy. */
  problems: string[];
}

/** Reads the setting `portwright.builders`; an entry that cannot be used is left out and told of. */
export function readDefinitions(setting: unknown): ReadDefinitions {
  const builders: BuilderDefinition[] = [];
  const problems: string[] = [];
  if (!Array.isArray(setting)) return { builders, problems: ["portwright.builders is no list"] };
  for (const [index, entry] of setting.entries()) {
    const read = readEntry(entry);
    const place = `portwright.builders[${index}]`;
    if (typeof read === "string") problems.push(`${place}.${read}`);
    else if (builders.some(({ name }) => name === read.name))
      problems.push(`${place}.name: another builder is named ${read.name}, choose a different name`);
    else builders.push(read);
  }
  return { builders, problems };
}

/** The definition, or the field at fault with what has to stand there. */
function readEntry(entry: unknown): BuilderDefinition | string {
  const fields = (typeof entry === "object" && entry !== null ? entry : {}) as Record<string, unknown>;
  const { name, type = "local", host = "", user = "", port = 0, identity = "", state = "" } = fields;
  const { ssh = "builtin", command = defaultCommand } = fields;
  if (typeof name !== "string" || !namePattern.test(name))
    return "name: small letters, digits, dots and hyphens are needed";
  if (type !== "local" && type !== "ssh") return 'type: has to be "local" or "ssh"';
  if (typeof host !== "string" || /^-|\s/.test(host)) return "host: is no host name";
  if (type === "ssh" && host === "") return 'host: is needed for type "ssh"';
  if (typeof user !== "string" || /^-|[\s@]/.test(user)) return "user: is no user name";
  if (typeof port !== "number" || !Number.isInteger(port) || port < 0 || port > 65_535)
    return "port: a number from 1 to 65535 is needed";
  if (typeof identity !== "string") return "identity: the path of a key file is needed";
  if (ssh !== "builtin" && ssh !== "system") return 'ssh: has to be "builtin" or "system"';
  if (!isCommand(command)) return 'command: a list of words is needed, such as ["portwright"]';
  if (typeof state !== "string") return "state: the path of a folder is needed";
  return { name, type, host, user, port, identity, ssh, command, state };
}

function isCommand(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === "string" && word);
}

/**
 * Where the entry leads, whatever its name: what was entrusted to a builder goes with it, and not to another one that takes its
 * name. On this machine the command may lead anywhere.
 */
export function placeOf({ type, host, user, port, state, command }: BuilderDefinition): string {
  return JSON.stringify([type, host, user, port, state, ...(type === "local" ? command : [])]);
}

/** The words that reach the server on its own host. */
export function serverCommand({ command, state }: BuilderDefinition, ...args: string[]): string[] {
  return [...command, ...(state ? ["--state", state] : []), ...args];
}
