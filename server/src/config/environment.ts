import { z } from "zod";
import { SshConfig } from "./ssh.ts";

/** A program and its arguments, given as they are; no shell reads them. */
const Words = z.array(z.string()).min(1).max(256);

/** An operator's own tool, for kind `command`. README.md has an example. */
const CommandKind = z.strictObject({
  /** The command inside follows. A word `{mounts}` or `{network}` becomes the words below; {name}, {root}: within words. */
  exec: Words.refine((words) => words.includes("{mounts}"), "exec has no {mounts}"),
  /** One mount: {host}, {inside}. */
  readOnly: Words,
  writable: Words,
  online: z.array(z.string()).default([]),
  offline: z.array(z.string()).default([]),
  create: Words.optional(),
  reset: Words.optional(),
  destroy: Words.optional(),
});

/** No shell of another host, sh or csh, makes anything else of such a word. */
const Plain = z.string().regex(/^[\w@%+:,./=-]+$/, "letters, digits and any of _@%+:,./=-");

/** Another host with a Portwright that lends its environments, for kind `ssh`. */
const SshKind = SshConfig.extend({
  /** What is Portwright there, with arguments. */
  command: z.array(Plain).min(1).max(16).default(["portwright"]),
  /** State folder there, whose portwright.json names the trees and the kind; default is that user's own. */
  state: Plain.startsWith("/").optional(),
});

export const EnvironmentConfig = z
  .strictObject({
    kind: z.enum(["auto", "bwrap", "chroot", "command", "plain", "ssh"]).default("auto"),
    /** Folder for environments; default `environments` in the state folder. */
    root: z.string().optional(),
    /** As whom builds run in kind `chroot`; the folder of distfiles has to be writable for it. */
    user: z
      .string()
      .regex(/^[A-Za-z_0-9][\w.-]{0,31}$/)
      .default("nobody"),
    command: CommandKind.optional(),
    ssh: SshKind.optional(),
    /** GiB that must be free where environments are; with less, no build is begun. 0 looks at nothing. */
    minFreeGiB: z.number().nonnegative().max(1_000_000).default(1),
  })
  .refine(({ kind, command }) => kind !== "command" || command !== undefined, {
    message: 'kind "command" needs "command"',
  })
  .refine(({ kind, ssh }) => kind !== "ssh" || ssh !== undefined, {
    message: 'kind "ssh" needs "ssh" with the "host" and "user" to log in as',
  })
  .prefault({});
