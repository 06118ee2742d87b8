import { z } from "zod";

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

export const EnvironmentConfig = z
  .strictObject({
    kind: z.enum(["auto", "bwrap", "chroot", "command", "plain"]).default("auto"),
    /** Folder for environments; default `environments` in the state folder. */
    root: z.string().optional(),
    /** As whom builds run in kind `chroot`; the folder of distfiles has to be writable for it. */
    user: z
      .string()
      .regex(/^[A-Za-z_0-9][\w.-]{0,31}$/)
      .default("nobody"),
    command: CommandKind.optional(),
    /** GiB that must be free where environments are; with less, no build is begun. 0 looks at nothing. */
    minFreeGiB: z.number().nonnegative().max(1_000_000).default(1),
  })
  .refine(({ kind, command }) => kind !== "command" || command !== undefined, {
    message: 'kind "command" needs "command"',
  })
  .prefault({});
