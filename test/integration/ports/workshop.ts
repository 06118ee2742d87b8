import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addPort } from "../../fixtures/ports/addPort.ts";
import { createSampleTrees, type SampleTrees } from "../../fixtures/ports/trees.ts";

/** Phases in the order in which a builder calls them one by one. */
const phases = [
  "check-sanity",
  "pkg-depends",
  "fetch-depends",
  "fetch",
  "checksum",
  "extract-depends",
  "extract",
  "patch-depends",
  "patch",
  "build-depends",
  "lib-depends",
  "configure",
  "build",
  "run-depends",
  "stage",
  "check-plist",
  "package",
];

interface MakeRequest {
  flavor?: string;
  /** Further environment variables. */
  variables?: Record<string, string>;
  /** Folder for the packages that stand installed; a fresh one for each call unless given. */
  localbase?: string;
}

interface MakeResult {
  status: number;
  output: string;
}

interface BuildResult {
  failedPhase: string | null;
  output: string;
}

/** Sample trees in a folder of their own, with what is needed to build ports of them with bmake. */
export interface Workshop extends AsyncDisposable {
  trees: SampleTrees;
  packages: string;
  fresh(name: string): Promise<string>;
  make(origin: string, args: string[], request?: MakeRequest): Promise<MakeResult>;
  build(origin: string, request?: MakeRequest): Promise<BuildResult>;
  /** Adds a port of version 1.0 to the composed tree, with one distfile made of `sources`. */
  addPort(origin: string, makefile: string, sources?: Record<string, string>): Promise<void>;
}

let running = 0;
const waiting: (() => void)[] = [];

/** At most two builds at once, however many tests run. */
async function withSlot<T>(work: () => Promise<T>): Promise<T> {
  if (running >= 2) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

/** `packages`: folder of another workshop whose packages are copied. */
export async function openWorkshop(packages?: string): Promise<Workshop> {
  const root = await mkdtemp(join(tmpdir(), "portwright-ports-"));
  const trees = await createSampleTrees(join(root, "trees"));
  const store = join(root, "packages");
  await mkdir(store);
  if (packages !== undefined) await cp(packages, store, { recursive: true });
  const fresh = (name: string) => mkdtemp(join(root, `${name}-`));

  const call = (origin: string, args: string[], request: MakeRequest, localbase: string, work: string) => {
    const environment: Record<string, string> = {
      PATH: "/usr/bin:/bin:/usr/sbin:/sbin",
      LC_ALL: "C",
      PORTSDIR: trees.dports,
      MAKESYSPATH: join(trees.dports, "Mk"),
      WRKDIRPREFIX: work,
      DISTDIR: trees.distfiles,
      PACKAGES: store,
      LOCALBASE: localbase,
      PORT_DBDIR: join(root, "options"),
      BATCH: "yes",
      ...(request.flavor ? { FLAVOR: request.flavor } : {}),
      ...request.variables,
    };
    return new Promise<MakeResult>((resolve, reject) => {
      const child = spawn("bmake", ["-C", join(trees.dports, origin), ...args], {
        env: environment,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const chunks: Buffer[] = [];
      child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
      child.on("error", reject);
      child.on("close", (status) =>
        resolve({ status: status ?? -1, output: Buffer.concat(chunks).toString() }),
      );
    });
  };

  const make: Workshop["make"] = (origin, args, request = {}) =>
    withSlot(async () => {
      const folder = await fresh("make");
      return call(origin, args, request, request.localbase ?? join(folder, "local"), join(folder, "work"));
    });

  return {
    trees,
    packages: store,
    fresh,
    make,
    build: (origin, request = {}) =>
      withSlot(async () => {
        const folder = await fresh("build");
        const localbase = request.localbase ?? join(folder, "local");
        let output = "";
        for (const phase of phases) {
          const result = await call(origin, [phase], request, localbase, join(folder, "work"));
          output += result.output;
          if (result.status !== 0) return { failedPhase: phase, output };
        }
        return { failedPhase: null, output };
      }),
    addPort: (origin, makefile, sources) =>
      addPort({ tree: trees.dports, distfiles: trees.distfiles }, origin, makefile, sources),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
