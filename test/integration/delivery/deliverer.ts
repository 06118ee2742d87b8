import { openBench } from "./bench.ts";

/**
 * Delivers the case of the place in its first argument, takes it back (`undo`), or pushes it to the forge in the second one,
 * and hangs where all is done and nothing recorded.
 */
const [root = "", action] = process.argv.slice(2);
const bench = openBench(root);
const hang = (): never => {
  process.stdout.write("made\n");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new Error("it woke");
};
if (action === undefined || action === "undo") {
  bench.store.transact = hang;
  await bench.delivery[action ?? "apply"]("case-1", "ann");
} else {
  const append = bench.store.append.bind(bench.store);
  bench.store.append = (events) =>
    events.some((event) => event.type === "delivery/changed" && event.payload.pullRequest)
      ? hang()
      : append(events);
  const { signal } = new AbortController();
  const pushing = bench.pushing(JSON.parse(action), process.env.TOKEN);
  await pushing.push("case-1", { who: "ann", signal, progress: () => {} });
}
