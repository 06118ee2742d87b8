import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createBuilder } from "../../fixtures/dsynth/builder.ts";
import { sampleCases } from "../../fixtures/ports/cases.ts";
import { openWorkshop } from "../../integration/ports/workshop.ts";

/** A log of a failure whose cause is known. */
export interface KnownLog {
  /** Any of these in common makes two logs one failure's. */
  cause: readonly string[];
  how: string;
  log: string;
}

/** Units of the small project; the fault goes into three of them, so that jobs decide which is told first. */
const UNITS = ["alpha", "bravo", "chess", "delta", "eagle", "fable"];
const BROKEN = ["bravo", "delta", "eagle"];

/** What is put into each broken unit, `#` being its name; or into the program's main file. */
const FAULTS: Readonly<Record<string, { unit?: string; main?: string; flags?: string; libs?: string }>> = {
  "missing header": { unit: "#include <sys/nothing_np.h>" },
  "undeclared constant": { unit: "int no_#(void) { return SO_NOTHING; }" },
  "undeclared constant of its own": { unit: "int no_#(void) { return SO_NOTHING_# + 1; }" },
  "unknown type": { unit: "u_nothing_t no_#;" },
  "missing member": { unit: "struct s_# { int a; }; int no_#(struct s_# *s) { return s->no_such; }" },
  "implicit function": {
    unit: "int no_#(void) { return strange_call(3); }",
    flags: "-Werror=implicit-function-declaration",
  },
  syntax: { unit: "int no_#(void) { return 1 }" },
  "error directive": { unit: "#error Unsupported operating system" },
  "conflicting types": { unit: "int abs_#(int); long abs_#(long);" },
  "warning as error": { unit: "int no_#(void) { int unused; return 1; }", flags: "-Wall -Werror" },
  "undefined symbol": { main: "int absent_symbol(void); int extra(void) { return absent_symbol(); }" },
  "two undefined symbols": {
    main: "int gone_a(void); int gone_b(void); int extra(void) { return gone_b() + gone_a(); }",
  },
  "duplicate symbol": { main: "int alpha(void) { return 2; }" },
  "missing library": { libs: "-lnothing_of_that_name" },
};

const BUILDS = [
  { how: "bmake", command: "bmake", folder: "construction/devel/sample/sample-1.0" },
  { how: "bmake -j4", command: "bmake -j4", folder: "wrkdirs/usr/ports/devel/sample/work/sample-2.13.1" },
  { how: "make", command: "make", folder: "obj/sample-1.0" },
  { how: "make -j3", command: "make -j3", folder: "work/other-9.7/sample-9.7" },
  { how: "make -k -j6", command: "make -k -j6", folder: "build/sample-1.0/_build" },
];
/** Left out where the two are not installed. */
const CMAKE_BUILDS = [
  {
    how: "cmake, ninja",
    command: "cmake -GNinja -B b . && ninja -C b -j4",
    folder: "construction/x/sample-3",
  },
  { how: "cmake, make -j4", command: "cmake -B b . && make -C b -j4", folder: "wrkdirs/x/work/sample-4" },
];

/** Builds small faulty projects for real, each in several folders, versions, makes and numbers of jobs. */
export async function rebuildProjects(): Promise<KnownLog[]> {
  const root = await mkdtemp(join(tmpdir(), "distill-rebuilds-"));
  const logs: KnownLog[] = [];
  const hasCmake = (await shell("command -v cmake && command -v ninja && echo both", root)).includes("both");
  const builds = hasCmake ? [...BUILDS, ...CMAKE_BUILDS] : BUILDS;
  try {
    for (const [fault, parts] of Object.entries(FAULTS)) {
      for (const { how, command, folder } of builds) {
        const place = join(root, fault.replaceAll(" ", "_"), folder);
        for (const [name, text] of Object.entries(projectWith(parts))) await put(join(place, name), text);
        const output = await shell(`(${command}) 2>&1`, place);
        logs.push({ cause: [fault], how, log: `===>  Building for sample-1.0\n${output}*** Error code 1\n` });
      }
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return logs;
}

function projectWith(parts: {
  unit?: string;
  main?: string;
  flags?: string;
  libs?: string;
}): Record<string, string> {
  const sources = Object.fromEntries(
    UNITS.map((name) => {
      const fault = BROKEN.includes(name) ? (parts.unit?.replaceAll("#", name) ?? "") : "";
      return [`src/${name}.c`, `/* ${name} */\n${fault}\nint ${name}(void) { return 1; }\n`];
    }),
  );
  const calls = UNITS.map((name) => `int ${name}(void);`).join("\n");
  const sum = UNITS.map((name) => `${name}()`).join(" + ");
  const objects = UNITS.map((name) => `${name}.o`).join(" ");
  const rules = UNITS.map(
    (name) => `${name}.o: src/${name}.c\n\t$(CC) $(CFLAGS) -c src/${name}.c -o ${name}.o\n`,
  );
  return {
    ...sources,
    "src/main.c": `${parts.main ?? ""}\n${calls}\nint main(void) { return ${sum}${parts.main?.includes("extra") ? " + extra()" : ""}; }\n`,
    Makefile: `CC = cc\nCFLAGS = ${parts.flags ?? ""}\nall: sample\nsample: main.o ${objects}\n\t$(CC) -o sample main.o ${objects} ${parts.libs ?? ""}\nmain.o: src/main.c\n\t$(CC) -c src/main.c -o main.o\n${rules.join("")}`,
    "CMakeLists.txt": `cmake_minimum_required(VERSION 3.16)\nproject(sample C)\nadd_executable(sample src/main.c ${UNITS.map((name) => `src/${name}.c`).join(" ")})\ntarget_compile_options(sample PRIVATE ${parts.flags ?? ""})\ntarget_link_libraries(sample ${parts.libs ?? ""})\n`,
  };
}

/** Builds the failing sample ports: by the builder's double, and twice by bare make in folders of their own. */
export async function rebuildSamplePorts(): Promise<KnownLog[]> {
  const logs: KnownLog[] = [];
  await using first = await openWorkshop();
  await using second = await openWorkshop();
  const builder = await createBuilder({
    tree: first.trees.dports,
    treeInPlace: true,
    distfiles: first.trees.distfiles,
    hooks: "none",
    ini: ["Check_plist= true"],
  });
  try {
    await builder.run(["-SS", "-y", "-s", "0", "everything"]);
    const names = await readdir(builder.logs);
    for (const { origin, flavor } of sampleCases.failures) {
      const name = names.find((file) => file.startsWith(origin.replace("/", "___")) && file.includes(flavor));
      if (name)
        logs.push({ cause: [origin], how: "dsynth", log: await readFile(join(builder.logs, name), "utf8") });
      for (const shop of [first, second]) {
        const { output } = await shop.build(origin, flavor === "" ? {} : { flavor });
        logs.push({ cause: [origin], how: shop === first ? "make" : "make elsewhere", log: output });
      }
    }
  } finally {
    await builder.remove();
  }
  return logs;
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** What a command prints, whatever its end. */
function shell(command: string, cwd: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn("sh", ["-c", command], {
    cwd,
    env: { PATH: process.env.PATH, LC_ALL: "C" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pieces: Buffer[] = [];
  child.stdout.on("data", (piece: Buffer) => pieces.push(piece));
  child.on("error", reject);
  child.on("close", () => resolve(Buffer.concat(pieces).toString()));
  return promise;
}
