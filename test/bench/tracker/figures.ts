/** One measured quantity; a goal names the figure that is held against it. */
export interface Figure {
  name: string;
  unit: string;
  median: number;
  p95: number;
  p99: number;
  most: number;
  /** The 99th hundredth of the processor time, in milliseconds: what remains on a machine with nothing else to do. */
  processor?: number;
  goal: Goal;
}
export interface Goal {
  p95?: number;
  p99?: number;
  most?: number;
  /** The median has to reach at least that. */
  least?: number;
}

export function figure(name: string, unit: string, samples: readonly number[], goal: Goal = {}): Figure {
  const sorted = samples.toSorted((left, right) => left - right);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { name, unit, median: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1), goal };
}

/** How long each of `rounds` calls takes, in milliseconds. */
export function timed(name: string, goal: Goal, act: (round: number) => unknown, rounds = 200): Figure {
  const processor: number[] = [];
  const samples = Array.from({ length: rounds }, (_, round) => {
    const used = process.threadCpuUsage();
    const before = performance.now();
    act(round);
    const took = performance.now() - before;
    const { user, system } = process.threadCpuUsage(used);
    processor.push((user + system) / 1000);
    return took;
  });
  return { ...figure(name, "ms", samples, goal), processor: figure("", "", processor).p99 };
}

export function print(figures: readonly Figure[]): void {
  const number = (value: number) => (value >= 1000 ? value.toFixed(0) : value.toPrecision(3)).padStart(9);
  console.log(
    `${"".padEnd(62)}${["median", "p95", "p99", "most", "cpu p99"].map((head) => head.padStart(9)).join("")}  goal`,
  );
  for (const { name, unit, median, p95, p99, most, processor, goal } of figures) {
    const label = unit === "" ? name : `${name}, ${unit}`;
    const cpu = processor === undefined ? " ".repeat(9) : number(processor);
    const values = [...[median, p95, p99, most].map(number), cpu].join("");
    console.log(`${label.padEnd(62)}${values}  ${goalText({ median, p95, p99, most }, goal)}`);
  }
}

function goalText(measured: { median: number; p95: number; p99: number; most: number }, goal: Goal): string {
  const [kind, bound] = Object.entries(goal)[0] ?? [];
  if (kind === undefined || bound === undefined) return "";
  const isMet =
    kind === "least" ? measured.median >= bound : measured[kind as "p95" | "p99" | "most"] <= bound;
  return `${kind === "least" ? ">=" : `${kind} <=`} ${bound} ${isMet ? "met" : "MISSED"}`;
}
