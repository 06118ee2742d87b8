import { z } from "zod";
import { ComposerConfig } from "./composer.ts";
import { EnvironmentConfig } from "./environment.ts";
import { ForgeConfig } from "./forge.ts";
import { SshConfig } from "./ssh.ts";

const bounds = {
  maxOutputTokens: z.int().positive().default(8192),
  /** Money for a million tokens, as the provider asks; without it no cost is told. */
  price: z
    .strictObject({
      uncached: z.number().nonnegative(),
      cached: z.number().nonnegative(),
      output: z.number().nonnegative(),
      unit: z.string().min(1).max(8).default("USD"),
    })
    .optional(),
};
const EndpointModel = z.strictObject({
  provider: z.literal("endpoint").default("endpoint"),
  baseURL: z.url().default("https://api.openai.com/v1"),
  model: z.string().min(1),
  /** Name of the environment variable that holds the key; a key itself never stands in a file. */
  keyVariable: z.string().default("OPENAI_API_KEY"),
  contextTokens: z.int().positive().default(128_000),
  /** What the endpoint takes and wants, where that differs from what is known of it. */
  profile: z
    .strictObject({
      tokenLimit: z.enum(["max_tokens", "max_completion_tokens"]),
      /** Whether earlier reasoning goes back: on every answer, where there was some, or never. */
      reasoning: z.enum(["always", "present", "never"]),
      /** Field that it goes back in; null for the one it came in. */
      reasoningField: z.string().min(1).max(64).nullable(),
      streamUsage: z.boolean(),
      extras: z.boolean(),
    })
    .partial()
    .optional(),
  ...bounds,
});
export type EndpointModel = z.infer<typeof EndpointModel>;

/** A language model of an editor that is connected and lends it. */
const EditorModel = z.strictObject({
  provider: z.literal("editor"),
  /** Its id, or its family. */
  model: z.string().min(1),
  /** The extension that brings it, `copilot` for instance; any of them when left out. */
  vendor: z.string().min(1).optional(),
  /** Default is what the editor tells. */
  contextTokens: z.int().positive().max(2_000_000).optional(),
  ...bounds,
});
export type EditorModel = z.infer<typeof EditorModel>;

const ModelConfig = z.discriminatedUnion("provider", [EndpointModel, EditorModel]);
export type ModelConfig = z.infer<typeof ModelConfig>;

const Days = z.int().min(0).max(36_500);

/** Names of models, in the order in which they are asked. */
const Failover = z.array(z.string()).max(8);

/** A builder of the server's own or of a plugin; whether there is one of that name is known when plugins are loaded. */
export const BuilderName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "small letters, digits and -, at most 32");

const withFailover = <F extends z.ZodType>(failover: F) =>
  z.discriminatedUnion("provider", [EndpointModel.extend({ failover }), EditorModel.extend({ failover })]);

/** `portwright.json` in the state folder, or the file that `--config` names. Relative paths start at its folder. */
export const ServerConfig = z.strictObject({
  /** Folder that the hooks write; the spool. */
  evidence: z.string().default("/var/spool/portwright"),
  /** Builders on other hosts, whose evidence is read over SSH. */
  builders: z
    .array(
      z.strictObject({
        /** Stands in the ids of its runs. */
        name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/),
        ssh: SshConfig,
        /** Folder that the hooks write on that host. */
        evidence: z.string().startsWith("/").default("/var/spool/portwright"),
      }),
    )
    .max(64)
    .default([])
    .refine((builders) => new Set(builders.map(({ name }) => name)).size === builders.length, {
      message: "two builders have the same name",
    }),
  redact: z
    .strictObject({
      /** E-mail addresses too, in whatever is shown, kept as a diagnosis or sent to a model. */
      emails: z.boolean().default(false),
    })
    .prefault({}),
  /** Profile (as hooks report it) to target, for builders whose profile is not named as the tree. */
  targets: z.record(z.string(), z.string()).default({}),
  /** Profile to what its runs are built for, e.g. `test` or `release`. */
  buildTypes: z.record(z.string(), z.string().min(1).max(64)).default({}),
  trees: z
    .strictObject({
      freebsdPorts: z.string(),
      deltaPorts: z.string(),
      distfiles: z.string(),
      /** Folder with All/NAME.pkg that builds may use and never change; every dependency is built when absent. */
      packages: z.string().optional(),
    })
    .optional(),
  environment: EnvironmentConfig,
  /** Without it, the merge of DeltaPorts' classic overlays that is built in. */
  composer: ComposerConfig.optional(),
  builder: z
    .strictObject({
      /** Builds of attempts and of proofs. */
      attempts: BuilderName.default("bsd-make"),
      proofs: BuilderName.default("bsd-make"),
      /** BSD make; on a BSD `make`, on Linux `bmake`. */
      make: z.string().optional(),
      /** dsynth executable, for builder `dsynth`. */
      dsynth: z.string().default("dsynth"),
      operatingSystem: z.string().default("DragonFly"),
      timeoutMinutes: z.number().positive().max(1440).default(180),
      jobs: z.int().positive().max(256).optional(),
      /** What `poudriere` and builders of plugins are given, by their names; each says itself what it takes. */
      options: z.record(BuilderName, z.unknown()).default({}),
    })
    .prefault({}),
  /** Files of plugins, loaded at start into the server itself: whoever may write them is the server. */
  plugins: z.array(z.string().min(1)).max(32).default([]),
  /** Where accepted fixes go. */
  delivery: z
    .strictObject({
      /** Git repository of DeltaPorts; default `trees.deltaPorts`. Only a new branch is ever made in it. */
      repository: z.string().optional(),
      /** `Name <mail>` of the commits; default is what git itself would use in that repository. */
      author: z
        .string()
        .regex(/^[^<>\p{Cc}]+ <[^<>\s\p{Cc}]+>$/u, "write it as: Name <name@example.org>")
        .optional(),
      signOff: z.boolean().default(false),
      branchPrefix: z
        .string()
        .regex(/^[a-z0-9][a-z0-9_-]*$/, "small letters, digits, - and _")
        .max(64)
        .default("agentic"),
      /** Whether the commit says by what means the fix was made. */
      disclosure: z.boolean().default(true),
      /** Where a branch goes when somebody says so; without it nothing leaves this host. */
      forge: ForgeConfig.optional(),
    })
    .prefault({}),
  /** Folder with policy.json, recipes/, prompts/; default is the one that comes with the server. */
  policy: z.string().optional(),
  models: z
    .strictObject({
      /** Names of others that are asked in turn when this one is down or refuses; without it those of `patch`. */
      triage: withFailover(Failover.optional()).optional(),
      patch: withFailover(Failover.default([])).optional(),
      /** Further ones that a person may choose for an attempt, by name. */
      others: z
        .record(z.string().regex(/^(?!triage$|patch$)[a-z0-9][a-z0-9._-]{0,31}$/), ModelConfig)
        .default({}),
    })
    .superRefine(({ triage, patch, others }, context) => {
      for (const [role, own] of Object.entries({ triage, patch })) {
        const list = own?.failover ?? [];
        const roles = Object.entries({ triage, patch }).flatMap(([name, one]) => (one ? [name] : []));
        const known = [...roles.filter((name) => name !== role), ...Object.keys(others)];
        list.forEach((name, index) => {
          const fault = known.includes(name)
            ? list.indexOf(name) < index && `${name} stands here twice; take one out`
            : `there is no model ${name} to ask in turn; add it to models.others (known: ${known.join(", ") || "none"})`;
          if (fault) context.addIssue({ code: "custom", path: [role, "failover", index], message: fault });
        });
      }
    })
    .prefault({}),
  automation: z
    .strictObject({
      /** Queue triage for each new case, and the patch job when the policy says AUTO. */
      enabled: z.boolean().default(true),
      workers: z.int().min(1).max(32).default(1),
      /** Jobs that may wait; a further one is refused. */
      queueLimit: z.int().min(1).max(100_000).default(1000),
    })
    .prefault({}),
  /** Days that what is over is kept; 0 for ever. Nothing of a case that is open, or was closed lately, ever goes. */
  retention: z
    .strictObject({
      /** The server prunes by itself once a day. */
      enabled: z.boolean().default(true),
      /** States that later ones of the same entity have overtaken. */
      events: Days.default(90),
      /** Logs and port files of failures; diagnoses and results stay. */
      logs: Days.default(180),
      /** Turns of attempts; their outcome, cost and diff stay. */
      traces: Days.default(180),
      /** Build logs of proofs; record and diff stay. */
      proofs: Days.default(730),
    })
    .prefault({}),
});
export type ServerConfig = z.infer<typeof ServerConfig>;
