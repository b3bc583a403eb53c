/** /proc/PID/limits. @see proc_pid_limits(5) */

/** A resource limit; Infinity where there is none. */
export interface Limit {
  readonly soft: number;
  readonly hard: number;
  /** "bytes", "files", "us"…; empty where it is a bare number. */
  readonly unit: string;
}

const amount = (text: string): number => text === "unlimited" ? Infinity : Number(text);

/** Reads the text of a limits file: limits by their names there, such as "Max open files". */
export function parseLimits(text: string): Map<string, Limit> {
  const limits = new Map<string, Limit>();
  for (const line of text.split("\n")) {
    const found = line.match(/^(Max .*?)\s{2,}(unlimited|\d+)\s+(unlimited|\d+)\s*(\S*)\s*$/);
    if (!found) continue;
    const [, name, soft, hard, unit] = found;
    limits.set(name!, { soft: amount(soft!), hard: amount(hard!), unit: unit! });
  }
  return limits;
}
