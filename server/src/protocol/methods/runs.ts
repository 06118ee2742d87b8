import { z } from "zod";
import {
  ComparedResult,
  ComparisonCounts,
  ListedResult,
  LiveRun,
  PortHistory,
  Run,
} from "../entities/runs.ts";
import { ResultChange, ResultKind } from "../vocabulary.ts";
import { Empty, type MethodTable, nextCursor, Page } from "./shared.ts";

export const runMethods = {
  "runs/list": [
    z.object({ target: z.string().optional(), ...Page }),
    z.object({ runs: z.array(Run), nextCursor }),
  ],
  /** Active runs as their builders show them just now; those that cannot be looked at are left out. */
  "runs/live": [Empty, z.object({ runs: z.array(LiveRun) })],
  "run/get": [z.object({ run: z.string() }), z.object({ run: Run })],
  "run/results": [
    z.object({
      run: z.string(),
      kind: ResultKind.optional(),
      /** Substring of origin, phase or reason. */
      text: z.string().optional(),
      ...Page,
    }),
    z.object({ results: z.array(ListedResult), total: z.int(), nextCursor }),
  ],
  /** Of the newest `runs` runs of each target. */
  "port/history": [
    z.object({
      origin: z.string(),
      /** Every flavor when left out; "" for the port without one. */
      flavor: z.string().optional(),
      target: z.string().optional(),
      runs: z.int().min(1).max(500).default(50),
    }),
    z.object({ histories: z.array(PortHistory) }),
  ],
  /** `left` is the earlier run; pages are by origin. `counts` is of the whole comparison, whatever `change` asks for. */
  "runs/compare": [
    z.object({ left: z.string(), right: z.string(), change: ResultChange.optional(), ...Page }),
    z.object({
      left: Run,
      right: Run,
      counts: ComparisonCounts,
      results: z.array(ComparedResult),
      nextCursor,
    }),
  ],
} as const satisfies MethodTable;
