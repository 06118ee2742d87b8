/** A log's signature beside what is known of its cause. */
export interface Signed {
  /** What is known of the cause; logs with any of it in common have one cause. */
  cause: readonly string[];
  how: string;
  signature: string;
  key: string;
}

export interface PairScore {
  logs: number;
  causes: number;
  /** Share of the pairs of one cause that have one signature. */
  recall: number;
  /** Share of the pairs with one signature that have one cause. */
  precision: number;
  /** Same cause, other signature, and the other way round; each said once. */
  apart: string[];
  joined: string[];
}

/** Compares every log with every other. */
export function scorePairs(signed: readonly Signed[]): PairScore {
  let sameCause = 0;
  let sameSignature = 0;
  let both = 0;
  const apart = new Set<string>();
  const joined = new Set<string>();
  signed.forEach((one, index) => {
    for (const other of signed.slice(index + 1)) {
      const cause = one.cause.some((told) => other.cause.includes(told));
      const signature = one.signature === other.signature;
      if (cause) sameCause++;
      if (signature) sameSignature++;
      if (cause && signature) both++;
      if (cause && !signature)
        apart.add(`${one.cause.join(" & ")}: ${one.how} [${one.key}], ${other.how} [${other.key}]`);
      if (!cause && signature)
        joined.add(`[${one.key}]: ${one.cause.join(" & ")}; ${other.cause.join(" & ")}`);
    }
  });
  return {
    logs: signed.length,
    causes: new Set(signed.map(({ cause }) => cause.join())).size,
    recall: both / Math.max(1, sameCause),
    precision: both / Math.max(1, sameSignature),
    apart: [...apart],
    joined: [...joined],
  };
}
