import type { Case, StoredEvent } from "@portwright/server/protocol";
import type { Call } from "../connection/client.ts";
import { Emitter } from "../emitter.ts";
import { BuildPhases, type PhaseStart } from "./buildPhases.ts";
import { CaseLists } from "./caseLists.ts";

/** `all` after a snapshot, else the ids of the cases about which something was said, shown or not. */
export type CaseBookChange = "all" | ReadonlySet<string>;

interface CaseBookOptions {
  /** Over the connection that stands; throws ConnectionLostError where none does. */
  call: Call;
  onError: (error: unknown) => void;
}

/** What is shown of a builder's failing cases, kept current by the server's events; the others stay with the server. */
export class CaseBook {
  readonly lists: CaseLists;
  readonly #call: Call;
  /** Those in a page of `lists`. */
  readonly #cases = new Map<string, Case>();
  readonly #phases = new BuildPhases();
  readonly #changes = new Emitter<CaseBookChange>();
  readonly onChange = this.#changes.on;

  constructor({ call, onError }: CaseBookOptions) {
    this.#call = call;
    this.lists = new CaseLists({ call, onError, keep: (cases) => this.#keep(cases) });
    this.lists.onChange(() => this.#sweep());
  }

  /** A case that is shown. */
  get(id: string): Case | undefined {
    return this.#cases.get(id);
  }

  /** Any case, by its id, or by the port where a target is given. */
  async find(reference: { case: string; target?: string }): Promise<Case> {
    return this.get(reference.case) ?? (await this.#call("case/get", reference)).case;
  }

  phasesOf(attemptId: string): readonly PhaseStart[] {
    return this.#phases.of(attemptId);
  }

  /** Begins anew with the server's present state. */
  async load(call: Call): Promise<void> {
    this.#phases.clear();
    await this.lists.reload(call);
    this.#changes.fire("all");
  }

  apply(events: readonly StoredEvent[]): void {
    const changed = new Set<string>();
    for (const event of events) {
      const id = this.#applyOne(event);
      if (id !== null) changed.add(id);
    }
    if (changed.size > 0) this.#changes.fire(changed);
  }

  dispose(): void {
    this.lists.dispose();
  }

  #keep(cases: readonly Case[]): void {
    for (const subject of cases) this.#cases.set(subject.id, subject);
  }

  /** Forgets what is in no page any more. */
  #sweep(): void {
    const shown = new Set(this.lists.shownIds());
    for (const id of this.#cases.keys()) if (!shown.has(id)) this.#cases.delete(id);
  }

  /** Id of the case that the event is about; null for an event about none. */
  #applyOne({ type, payload, at }: StoredEvent): string | null {
    switch (type) {
      case "case/changed": {
        const before = this.#cases.get(payload.id);
        // A page that was read meanwhile may be newer than an event still on its way.
        if (before && payload.updatedAt >= before.updatedAt) this.#cases.set(payload.id, payload);
        this.lists.touch(before, payload);
        return payload.id;
      }
      case "build/phase":
        this.#phases.add(payload.attemptId, { phase: payload.phase, at });
        return payload.caseId;
      case "attempt/changed":
        // One that is fixed goes on to its proof, whose builds carry its name.
        if (payload.endedAt !== null && payload.outcome !== "fixed") this.#phases.delete(payload.id);
        return payload.caseId;
      case "proof/recorded":
        this.#phases.delete(payload.attemptId);
        return payload.caseId;
      case "job/changed":
      case "delivery/changed":
      case "note/recorded":
        return payload.caseId;
      default:
        return null;
    }
  }
}
