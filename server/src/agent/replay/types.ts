import type { Attempt, Turn } from "../../protocol/index.ts";

/** An attempt as it is kept. */
export interface RecordedAttempt {
  attempt: Attempt;
  /** All of them, in order. */
  turns: readonly Turn[];
  /** A text that the record names by its SHA-256. */
  read: (sha256: string) => Promise<string>;
}

/** Where a request differs first from the recorded one. */
export interface Difference {
  /** Of the request as it is made now. */
  byte: number;
  /** A field of the request, or one of its messages: `messages[4]`. */
  part: string;
  /** What stands there, in words. */
  is: string;
}

export interface ReplayedTurn {
  turn: number;
  /** Size of the request that is made now. */
  bytes: number;
  /** null when it is the recorded one, byte for byte. */
  difference: Difference | null;
}

export interface Replay {
  turns: ReplayedTurn[];
  /** What the loop does after the last turn of the record, where that is not what it did; null when it is. */
  end: string | null;
  equal: boolean;
}
