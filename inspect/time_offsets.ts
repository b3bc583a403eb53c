/** /proc/PID/timens_offsets. @see time_namespaces(7) */
import { ifReadable, readText, tryReadLink } from "./proc.ts";

/** How far the clocks of a time namespace are ahead of the machine's. */
export interface ClockOffset {
  readonly clock: "monotonic" | "boottime";
  readonly secs: bigint;
  readonly nanosecs: number;
}

/** Reads the text of a timens_offsets. Before Linux 5.11 clocks are numbers: 1 and 7. */
export function parseTimeOffsets(text: string): ClockOffset[] {
  return text.split("\n").flatMap((line) => {
    const [, name, secs, nanosecs] = /^(\w+)\s+(-?\d+)\s+(\d+)$/.exec(line.trim()) ?? [];
    const clock = name === "1" || name === "monotonic"
      ? "monotonic" as const
      : name === "7" || name === "boottime"
      ? "boottime" as const
      : undefined;
    return clock === undefined ? [] : [{ clock, secs: BigInt(secs!), nanosecs: Number(nanosecs) }];
  });
}

/**
 * The offsets of the time namespace that a process is in.
 *
 * @returns undefined where the caller may not look, and while the children of the process will be in another: the
 * file has the offsets of that one.
 */
export function timeOffsetsOf(pid: number): ClockOffset[] | undefined {
  const [own, next] = ["time", "time_for_children"].map((link) => tryReadLink(`${pid}/ns/${link}`));
  if (typeof own !== "string" || own !== next) return undefined;
  const text = ifReadable(() => readText(`${pid}/timens_offsets`));
  return text === undefined ? undefined : parseTimeOffsets(text);
}
