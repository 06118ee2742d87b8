import { type Rule, rule } from "./rule.ts";

/** The builder's own endings and the machine's limits. */
export const hostRules: readonly Rule[] = [
  rule(
    "timeout",
    [
      "killing runaway build",
      "killing timed out build",
      "watchdog timeout",
      "build timed out",
      "timeout reached",
    ],
    /(?:Killing (?:runaway|timed out) build after (?<seconds>\d+)|WATCHDOG TIMEOUT FOR \S+ in (?<in>\S+) after (?<minutes>\d+)|[Bb]uild timed out|Timeout reached)/,
  ),
  rule(
    "disk-full",
    [
      "no space left on device",
      "file system full",
      "filesystem full",
      "filesystem is full",
      "file system is full",
      "quota exceeded",
      "enospc",
    ],
    /No space left on device|ENOSPC|[Ff]ile ?system (?:is )?full|[Dd]is[ck] quota exceeded/i,
  ),
  rule(
    "out-of-memory",
    [
      "out of memory",
      "virtual memory exhausted",
      "cannot allocate memory",
      "memory exhausted",
      "std::bad_alloc",
      "out of swap",
      "failed to map segment",
      "unable to allocate memory",
      "not enough memory",
      "outofmemoryerror",
      "memoryerror",
      "unable to execute command: killed",
      "failed to reclaim memory",
    ],
    /(?:OutOfMemoryError|^MemoryError\b|unable to execute command: Killed|was killed: (?:failed to reclaim memory|out of swap)|[Oo]ut of (?:memory|swap)|[Vv]irtual memory exhausted|Cannot allocate memory|memory exhausted|std::bad_alloc|failed to map segment from shared object|[Uu]nable to allocate memory|[Nn]ot enough memory)/,
  ),
  rule(
    "limit-exceeded",
    [
      "too many open files",
      "resource temporarily unavailable",
      "argument list too long",
      "cannot fork",
      "file too large",
    ],
    /(?<limit>Too many open files|(?:fork|spawn|exec|clone|thread).*Resource temporarily unavailable|File too large|Argument list too long|Cannot fork)/i,
    { weight: 0.85 },
  ),
  rule(
    "killed",
    ["sigkill", "killed"],
    /(?:signal: 9, SIGKILL|\(signal: 9|^(?:\S+: (?:line )?\d+: +\d+ )?Killed(?: |$)|: Killed: 9$|terminated by signal 9|exited? on signal 9)/,
    { weight: 0.78 },
  ),
  rule(
    "crash",
    [
      "core dumped",
      "segmentation fault",
      "abort trap",
      "bus error",
      "illegal instruction",
      "exited on signal",
    ],
    /^(?!.*internal compiler error).*?(?<signal>Segmentation fault|Abort trap|Bus error|Illegal instruction|exited on signal \d+|Aborted \(core dumped\))/i,
    { weight: 0.68 },
  ),
  rule(
    "host-fault",
    [
      "stale nfs",
      "input/output error",
      "mount_nullfs",
      "mount_tmpfs",
      "mount_devfs",
      "mount failed",
      "device not configured",
      "too many open files in system",
    ],
    /(?<message>Too many open files in system|Device not configured|Stale NFS file handle|Input\/output error|mount(?:_\w+)?: .*|mount failed.*)/i,
    { weight: 0.85 },
  ),
];
