import { openBench } from "./bench.ts";

/** Delivers the case of the place in its first argument, and hangs where the branch is made and nothing recorded. */
const bench = openBench(process.argv[2] ?? "");
bench.store.transact = () => {
  process.stdout.write("made\n");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new Error("it woke");
};
await bench.delivery.apply("case-1", "ann");
