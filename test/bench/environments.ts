import { createPlace, kinds } from "../integration/environments/support.ts";

const rounds = 20;
const origin = "devel/pkgconf";
const makefile = `/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`;

/** What an environment of the sample trees costs, for each kind that this machine can run. */
export async function run(): Promise<void> {
  for (const kind of kinds) {
    const place = await createPlace();
    try {
      const manager = await place.manager(kind);
      const took: Record<string, number[]> = {};
      const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
        const start = performance.now();
        const result = await work();
        took[name] = [...(took[name] ?? []), performance.now() - start];
        return result;
      };
      for (let round = 0; round < rounds; round++) {
        const made = await timed("snapshot", () => manager.create({ name: "bench", target: "@t" }));
        await made.files.write(makefile, Buffer.from("# edited\n"));
        await made.compose(origin);
        const command = ["/bin/sh", "-c", "seq 200 | (cd /work/obj && xargs touch); :"] as const;
        await timed("command", () => made.exec({ argv: [...command], timeoutMs: 60_000 }));
        await timed("reset", () => manager.reset("bench"));
        await timed("destroy", () => manager.destroy("bench"));
      }
      for (const [name, times] of Object.entries(took)) console.log(`${kind} ${name}: ${summary(times)}`);
    } finally {
      await place.remove();
    }
  }
}

function summary(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]?.toFixed(0);
  return `median ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms`;
}
