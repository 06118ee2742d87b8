import type { Sighting } from "./types.ts";

/** Words of the lines that say whose output follows. */
export const JOB_WORDS: readonly string[] = ["--- ", "entering directory ", "leaving directory ", "stopped "];

const MARK = /^--- (?<target>\S{1,300}) ---$/;
const DIRECTORY =
  /^\S*make(?:\[(?<level>\d+)\])?: (?<way>Entering|Leaving) directory ['"](?<directory>\/[^'"]{1,500})['"]$/;
const STOPPED = /^\S*make(?:\[\d+\])?: stopped (?:making "[^"]{0,300}" )?in (?<directory>\/\S{1,500})$/;
const SWITCHES = 64;
const LEVELS = 64;

/**
 * Tells apart the output of jobs that run side by side, as far as a log gives it: bmake -j heads each piece of
 * output with its target, gmake names the folders that its sub-makes enter and leave.
 */
export class Jobs {
  /** The target whose output is being read, null where nothing says so. */
  target: string | null = null;
  private readonly folders = new Map<number, string>();
  private level = 0;
  private switches: { line: number; target: string | null }[] = [];
  private stops: Sighting[] = [];

  /** The folder that make worked in last, null where nothing says so. */
  get directory(): string | null {
    return this.folders.get(this.level) ?? null;
  }

  /** Takes a line; true when it only says whose output follows. */
  take(text: string, line: number): boolean {
    const target = MARK.exec(text)?.groups?.target;
    if (target) {
      this.target = target;
      this.switches.push({ line, target });
      if (this.switches.length > SWITCHES) this.switches.shift();
      return true;
    }
    const moved = DIRECTORY.exec(text)?.groups;
    if (moved?.directory) {
      const level = Number(moved.level ?? 0);
      if (moved.way === "Entering" && level < LEVELS) this.folders.set(level, moved.directory);
      else this.leave(level, moved.directory);
      this.level = moved.way === "Entering" ? level : Math.max(0, level - 1);
      return true;
    }
    const stopped = STOPPED.exec(text)?.groups?.directory;
    if (stopped) for (const stop of this.stops.splice(0)) stop.finding.captures.directory ??= stopped;
    return false;
  }

  /** A line in which make gives up on a target; its folder is named by a later line. */
  stop(sighting: Sighting): void {
    this.stops.push(sighting);
    if (this.stops.length > 8) this.stops.shift();
  }

  /** Whether a line shortly before this one came from the same job. */
  isOurs(line: number): boolean {
    if (this.target === null) return true;
    const before = this.switches.findLast((change) => change.line <= line);
    return before?.target === this.target && before.line !== line;
  }

  /** A new phase starts without jobs. */
  reset(): void {
    this.target = null;
    this.switches = [];
    this.folders.clear();
    this.level = 0;
    this.stops = [];
  }

  private leave(level: number, directory: string): void {
    const mine = this.stops.filter(({ finding }) => levelOf(finding.text) === level);
    for (const stop of mine) stop.finding.captures.directory ??= directory;
    this.stops = this.stops.filter((stop) => !mine.includes(stop));
    this.folders.delete(level);
  }
}

function levelOf(text: string): number {
  return Number(/^\S*make\[(\d+)\]/.exec(text)?.[1] ?? 0);
}
