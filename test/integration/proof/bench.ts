import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { LiveFeed } from "../../../server/src/agent/live/feed.ts";
import { createBuilder } from "../../../server/src/builders/registry.ts";
import type { EnvironmentManager } from "../../../server/src/environments/types.ts";
import { distill } from "../../../server/src/evidence/distill/distill.ts";
import { redact } from "../../../server/src/evidence/redact.ts";
import { diagnoseWith } from "../../../server/src/proof/diagnose.ts";
import { type ProofRequest, type ProofSetup, prove } from "../../../server/src/proof/prove.ts";
import { createProofService, type ProofService } from "../../../server/src/proof/service.ts";
import { verifyStage } from "../../../server/src/proof/stage.ts";
import { type SourceTrees, sourceTrees } from "../../../server/src/proof/trees.ts";
import type { Case, NewEvent, Proof } from "../../../server/src/protocol/index.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { fixtureRoot } from "../../fixtures/ports/trees.ts";
import { sampleBundle, sampleCase, sampleJob, sampleRun } from "../../fixtures/states/entities.ts";
import { createPlace, kinds, type Place } from "../environments/support.ts";

export const kind = kinds[0] ?? "plain";
export const fix = (file: string): Promise<string> => readFile(join(fixtureRoot, "fixes", file), "utf8");
const origin = "games/tilerun";
const known = { signature: "", phase: "build", classification: "build-system-error" } as const;

export interface ProofBench extends AsyncDisposable {
  place: Place;
  manager: EnvironmentManager;
  store: Store;
  trees: SourceTrees;
  setup: Omit<ProofSetup, "blobs">;
  service: ProofService;
  /** Makes and records one of the port's fix. */
  prove(changes?: Partial<Pick<ProofRequest, "diff" | "builder" | "asks">>): Promise<Proof>;
  subject(): Case;
  change(changes: Partial<Case>): void;
  /** Carries a verify job of the case, with a part of the setup replaced. */
  verify(given?: { setup?: Partial<ProofBench["setup"]>; anew?: boolean }): Promise<Case>;
}

/** Real trees, a real store with one case, and what proofs are made and looked at with. */
export async function createProofBench(): Promise<ProofBench> {
  const place = await createPlace();
  const manager = await place.manager(kind);
  const config = place.config(kind);
  const store = openStore({ dir: place.stateDir, now: Date.now });
  store.append([
    { type: "run/changed", payload: sampleRun() },
    { type: "bundle/added", payload: sampleBundle({ origin }) },
    { type: "case/changed", payload: sampleCase({ origin, state: "escalated", ...known }) },
  ]);
  const trees = sourceTrees(config.trees);
  const setup: ProofBench["setup"] = {
    ...{ manager, trees, version: "9.9.9", timeoutMs: 120_000, now: Date.now, newId: randomUUID },
    builder: createBuilder("bsd-make", config.builder),
    diagnose: diagnoseWith(distill),
  };
  const managing = { config, stateDir: place.stateDir, now: Date.now, newId: randomUUID };
  const service = createProofService({ store, trees, repeating: { setup, manager: managing } });
  const subject = () => store.case("case-1") as Case;
  const append = (...events: NewEvent[]) => void store.append(events);
  return {
    ...{ place, manager, store, trees, setup, service },
    async prove({ diff, ...changes } = {}) {
      const payload = await prove({
        ...{ ...setup, blobs: store.blobs, caseId: "case-1", attemptId: "", target: "@main" },
        ...{ origin, flavor: "", expected: known, signal: new AbortController().signal },
        ...{ diff: diff ?? (await fix("04-tilerun.diff")), ...changes },
      });
      store.append([{ type: "proof/recorded", payload }]);
      return payload;
    },
    subject,
    change: (changes) => append({ type: "case/changed", payload: { ...subject(), ...changes } }),
    async verify({ setup: other, anew = false } = {}) {
      const live = new LiveFeed({ redact, now: Date.now });
      const job = sampleJob({ kind: "verify", ...(anew && { anew }) });
      const context = { job, signal: new AbortController().signal, append, conclude: append };
      const stage = verifyStage({ store, setup: { ...setup, ...other }, live });
      await stage({ ...context, held: () => false, standAside: (wait) => wait() });
      return subject();
    },
    async [Symbol.asyncDispose]() {
      store.close();
      await place.remove();
    },
  };
}
