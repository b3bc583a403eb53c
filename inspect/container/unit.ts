/** The systemd unit in the path of a cgroup. @see systemd.unit(5), systemd.slice(5) */

/** Units that processes can be in, besides slices. */
const UNIT = /^.+\.(?:service|scope|socket|mount|swap)$/;

/** The units of a path. */
export interface Units {
  readonly unit?: string;
  /** Of a user's own systemd, which is a unit of the system. */
  readonly userUnit?: string;
  /** That user's id: all that is further down is made by that user. */
  readonly manager?: number;
}

/** The first part that is no slice, if it is a unit. */
function firstUnit(parts: readonly string[]): string | undefined {
  const first = parts.find((part) => !part.endsWith(".slice"));
  return first !== undefined && UNIT.test(first) ? first : undefined;
}

/** The units among the parts of a path. */
export function unitsIn(parts: readonly string[]): Units {
  const unit = firstUnit(parts);
  if (unit === undefined) return {};
  const manager = /^user@(\d+)\.service$/.exec(unit)?.[1];
  if (manager === undefined) return { unit };
  const userUnit = firstUnit(parts.slice(parts.indexOf(unit) + 1));
  return { unit, manager: Number(manager), ...(userUnit === undefined ? {} : { userUnit }) };
}

/** Undoes the escapes of a unit's name, but `-`, which would be a slash: `my\x2dbox` is `my-box`. */
export function unescapeUnit(name: string): string {
  return name.replace(
    /\\x([0-9a-f]{2})/g,
    (_, hex: string) => String.fromCharCode(parseInt(hex, 16)),
  );
}
