import { posix } from "node:path";
import { type Hit, literal, query, search } from "../files.ts";
import { addWords } from "../makefile.ts";
import { type Bench, type Script, StepRefused } from "../script.ts";
import { editMakefile } from "./overlayMakefile.ts";

const tree = "/work/DPorts";

/** What a port installs, found in packing lists and in PLIST_FILES of Makefiles. */
interface Provider {
  origin: string;
  /** Installed path, relative to the prefix. */
  path: string;
}

type Missing = "header" | "library" | "pkgconfig" | "tool";

/** Where a port installs what is missing, as an extended regular expression of the path below its prefix. */
const installedAs: Record<Missing, (name: string) => string> = {
  header: (name) => `include/([A-Za-z0-9_.+/-]*/)?${literal(name)}`,
  library: (name) => `lib/lib${literal(name)}\\.so`,
  pkgconfig: (name) => `(libdata|lib|share)/pkgconfig/${literal(name)}\\.pc`,
  tool: (name) => `s?bin/${literal(name)}`,
};

type DependsVariable = "LIB_DEPENDS" | "BUILD_DEPENDS" | "PATCH_DEPENDS" | "EXTRACT_DEPENDS";

/** Phases before which build dependencies are not installed yet. */
const early: Readonly<Record<string, DependsVariable>> = {
  extract: "EXTRACT_DEPENDS",
  patch: "PATCH_DEPENDS",
};

/**
 * Declares the one port whose packing list holds what is missing, by its library where it has one; a tool for the
 * phase that failed without it.
 */
export function* dependOnProvider(bench: Bench, of: Missing, file: string, phase = ""): Script<string> {
  const provider = choose(yield* providers(bench, installedAs[of](file)), of, file);
  const [variable, entry] = yield* dependency(bench, of, file, phase, provider);
  const values = yield* query(bench, ["USES", variable]);
  const words = (name: string): string[] => (values[name] ?? "").split(/\s+/);
  const declared = words(variable).some((word) => word.split(":")[1] === provider.origin);
  const uses = words("USES").map((word) => word.split(":")[0]);
  // Without one of these nothing tells the compiler about LOCALBASE; pkg-config and the shell know their way.
  const finds =
    of === "tool" || of === "pkgconfig" || uses.includes("localbase") || uses.includes("pkgconfig");
  if (declared && finds) throw new StepRefused(`${provider.origin} is declared already`);
  yield* editMakefile(bench, (text) => {
    const declaring = declared ? text : addWords(text, variable, [entry]);
    return finds ? declaring : addWords(declaring, "USES", ["localbase:ldflags"]);
  });
  return [
    ...(declared ? [] : [`${variable}+= ${entry}`]),
    ...(finds ? [] : ["USES+= localbase:ldflags"]),
  ].join(", ");
}

/** The variable and the word that declare a provider: a library where there is one, else a file or a command. */
function* dependency(
  bench: Bench,
  of: Missing,
  file: string,
  phase: string,
  provider: Provider,
): Script<[DependsVariable, string]> {
  if (of === "tool") return [early[phase] ?? "BUILD_DEPENDS", `${file}:${provider.origin}`];
  const libraries = of === "library" ? [`lib${file}.so`] : yield* librariesOf(bench, provider.origin);
  const library = libraryFor(libraries, file);
  if (library !== null) return ["LIB_DEPENDS", `${library}:${provider.origin}`];
  return ["BUILD_DEPENDS", `\${LOCALBASE}/${provider.path}:${provider.origin}`];
}

/** LIB_DEPENDS from the words of a stage check: a library's path or name, and the port that it comes from. */
export function* dependOnLibrary(bench: Bench, library: string, origin: string): Script<string> {
  // A log names them as an installed file does; make would expand what is no plain word.
  const name = /^(lib[\w.+-]+?\.so)(?:\.[\d.]+)?$/.exec(posix.basename(library))?.[1];
  if (name === undefined) throw new StepRefused(`${library} does not look like a shared library`);
  yield* editMakefile(bench, (text) => addWords(text, "LIB_DEPENDS", [`${name}:${origin}`]));
  return `LIB_DEPENDS+= ${name}:${origin}`;
}

function* providers(bench: Bench, path: string): Script<Provider[]> {
  const hits = yield* search(bench, `(^|[[:space:]%])${path}([[:space:]]|$)`, tree);
  const found = hits.flatMap((hit) => {
    const origin = originOf(hit);
    const installed = new RegExp(`(?:^|[\\s%])(${path})(?:\\s|$)`).exec(hit.text)?.[1];
    return origin === null || installed === undefined || origin === bench.origin
      ? []
      : [{ origin, path: installed }];
  });
  return [...new Map(found.map((one) => [`${one.origin} ${one.path}`, one])).values()];
}

/** Origin of a packing list or Makefile; null for any other file. */
function originOf(hit: Hit): string | null {
  const found = /^\/work\/DPorts\/([^/]+\/[^/]+)\/(?:pkg-plist|Makefile)[^/]*$/.exec(hit.path);
  return found?.[1] ?? null;
}

/** The only provider, else the only one that has the file at the shortest path and is named like it. */
function choose(found: readonly Provider[], of: Missing, file: string): Provider {
  if (found.length === 0) throw new StepRefused(`no port of the tree installs the ${of} ${file}`);
  const depth = (one: Provider): number => one.path.split("/").length;
  const nearest = found.filter((one) => depth(one) === Math.min(...found.map(depth)));
  const stem = stemOf(file);
  const named = nearest.filter((one) => stemOf(posix.basename(one.origin)) === stem);
  for (const candidates of [nearest, named]) {
    const [only, ...others] = candidates;
    if (only !== undefined && others.length === 0) return only;
  }
  const origins = found.slice(0, 5).map((one) => one.origin);
  throw new StepRefused(`several ports install the ${of} ${file}: ${origins.join(", ")}`);
}

function* librariesOf(bench: Bench, origin: string): Script<string[]> {
  const hits = yield* search(
    bench,
    "(^|[[:space:]])lib/lib[A-Za-z0-9_.+-]+\\.so([[:space:]]|$)",
    `${tree}/${origin}`,
  );
  const names = hits.flatMap((hit) => /(?:^|\s)lib\/(lib[\w.+-]+\.so)(?:\s|$)/.exec(hit.text)?.[1] ?? []);
  return [...new Set(names)].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

/** The library named like the header, else the one with the shortest name. */
function libraryFor(libraries: readonly string[], file: string): string | null {
  const stems = [stemOf(posix.basename(file)), stemOf(file.split("/")[0] ?? file)];
  return libraries.find((library) => stems.includes(stemOf(library))) ?? libraries[0] ?? null;
}

const stemOf = (name: string): string =>
  name
    .replace(/^lib/, "")
    .replace(/\.(so|h|hpp|hh).*$/, "")
    .toLowerCase();
