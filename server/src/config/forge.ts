import { z } from "zod";

const local = ["localhost", "127.0.0.1", "[::1]"];

/** A token goes there, so others on the way must not read it. */
function isPrivate(address: string): boolean {
  const { protocol, hostname, username, password } = new URL(address);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && local.includes(hostname));
}

const privately = "write https://HOST/..., without a user or a password (http only on this host)";

/** What git pushes to without being led to a program of the address's choice. */
function isRemote(text: string): boolean {
  if (/^https?:\/\//.test(text)) return z.url().safeParse(text).success && isPrivate(text);
  return /^(?:ssh:\/\/\w[\w.-]*(?:@\w[\w.-]*)?(?::\d+)?\/|\w[\w.-]*@\w[\w.-]*:(?!:)|\/)[^\s\p{Cc}]+$/u.test(
    text,
  );
}

/** Stands in a setting of ssh(1), which has quotes and patterns of its own. */
const SshFile = z
  .string()
  .max(1000)
  .regex(/^\/[\w@+=:,./-]+$/, "write a whole path, of letters, digits and @+=:,._-");

const Name = z
  .string()
  .max(200)
  .regex(/^(?!\.+\/)[\w.-]+\/(?!\.+$)[\w.-]+$/, "write it as OWNER/NAME");

/** Where delivered branches are pushed to, and proposed as pull requests. */
export const ForgeConfig = z
  .strictObject({
    kind: z.enum(["github", "gitea"]),
    /** Of its REST API; for `gitea` (and Forgejo) e.g. https://git.example.org/api/v1. */
    api: z.url().refine(isPrivate, privately).optional(),
    /** In which pull requests are opened. */
    repository: Name,
    /** Its branch that they are to be merged into. */
    into: z
      .string()
      .max(200)
      .regex(/^\w(?!.*(?:\.\.|\/\/))[\w./+-]*$/, "write the name of a branch")
      .default("master"),
    /** To which branches are pushed; default is the repository itself. */
    fork: Name.optional(),
    /** How git reaches the fork; default is its https address. */
    remote: z
      .string()
      .max(500)
      .refine(isRemote, `${privately}, ssh://USER@HOST/PATH, USER@HOST:PATH or /PATH`)
      .optional(),
    /** For an ssh address; default is what ssh does for the server's user. The host's key must stand in one of the files. */
    ssh: z
      .strictObject({
        /** Private key without a passphrase. */
        identityFile: SshFile.optional(),
        knownHosts: SshFile.optional(),
      })
      .prefault({}),
    /** Environment variable that holds the token; a token itself never stands in a file. */
    tokenVariable: z
      .string()
      .regex(/^[A-Z_][A-Z0-9_]*$/)
      .default("FORGE_TOKEN"),
    draft: z.boolean().default(true),
  })
  .refine(({ kind, api }) => kind === "github" || api !== undefined, {
    path: ["api"],
    message: "a gitea has an address of its own: https://HOST/api/v1",
  });
export type ForgeConfig = z.infer<typeof ForgeConfig>;
