/** Time that passed, and what this process used of a processor (all its threads), ms. */
export interface Cost {
  wall: number;
  cpu: number;
}

/** Costs between its marks, without those of the parts that are set apart. */
export function createMeter() {
  let began = reading();
  let part = reading();
  let apart: Cost = { wall: 0, cpu: 0 };
  return {
    begin(): void {
      began = reading();
      apart = { wall: 0, cpu: 0 };
    },
    beginPart(): void {
      part = reading();
    },
    endPart(): void {
      const spent = minus(reading(), part);
      apart = { wall: apart.wall + spent.wall, cpu: apart.cpu + spent.cpu };
    },
    read: (): { own: Cost; apart: Cost } => ({ own: minus(minus(reading(), began), apart), apart }),
  };
}

function reading(): Cost {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now(), cpu: (user + system) / 1000 };
}

const minus = (a: Cost, b: Cost): Cost => ({ wall: a.wall - b.wall, cpu: a.cpu - b.cpu });
