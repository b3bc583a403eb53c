/** What subuid(5) and subgid(5) have for a user, in JavaScript: plans must find the same. */
import type { IdRange } from "../../ffi/abi/id_map.ts";
import { ALL_IDS } from "../../launch/ids/spec.ts";

interface SubidRange {
  readonly start: number;
  readonly count: number;
}

/** The first range, or why there is none, and the command that gives one. */
interface Subids {
  readonly subids: SubidRange | null;
  readonly lack?: { readonly message: string; readonly hint?: string };
}

/** What a user gets: ids from here on, and so many. @see SUB_UID_MIN and SUB_UID_COUNT in login.defs(5) */
const FIRST_SUBID = 100000;
const SUBID_COUNT = 65536;

/** One of the two files, as far as a launch is concerned. */
interface SubidFile {
  readonly path: string;
  /** What is in it; empty if it is not there. */
  readonly text: string;
  /** The map of the user namespace in which its ids count. */
  readonly map: readonly IdRange[];
}

/** Whose ranges are looked for. */
interface SubidUser {
  readonly name: string;
  readonly uid: number;
}

/** The range of a line `NAME:START:COUNT`; undefined if it has none. */
function rangeOf(line: string): SubidRange | undefined {
  const [, start = "", count = ""] = line.split(":");
  if (![start, count].every((number) => /^\d+$/.test(number))) return undefined;
  const range = { start: Number(start), count: Number(count) };
  return range.count > 0 && range.start + range.count <= ALL_IDS ? range : undefined;
}

/** The first id of the first range that nobody has, and the user namespace does. */
function firstFree(
  taken: readonly SubidRange[],
  map: readonly IdRange[],
): number | undefined {
  let free = FIRST_SUBID;
  for (const { start, count } of [...taken].sort((a, b) => a.start - b.start)) {
    if (start < free + SUBID_COUNT && free < start + count) free = start + count;
  }
  const exists = map.some(({ inner, count }) =>
    inner <= free && free + SUBID_COUNT <= inner + count
  );
  return exists ? free : undefined;
}

/** Words behind a command that takes root, for who is not. */
const asRoot = ({ uid }: SubidUser): string => uid === 0 ? "" : ", as root";

/** What such a file has for a user, by name or by number, and if nothing what mends that. */
export function subidsIn({ path, text, map }: SubidFile, user: SubidUser): Subids {
  const lines = text.split("\n");
  const ranges = lines.flatMap((line) => rangeOf(line) ?? []);
  const free = firstFree(ranges, map);
  const given = `${user.name}:${free}:${SUBID_COUNT}`;
  const lack = (message: string, hint: string): Subids => ({
    subids: null,
    lack: { message, ...(free === undefined ? {} : { hint: hint + asRoot(user) }) },
  });
  const own = lines.flatMap((line, i) => {
    const [owner] = line.split(":", 1);
    if (owner !== user.name && owner !== String(user.uid)) return [];
    return [{ number: i + 1, range: rangeOf(line) }];
  });
  const [first] = own;
  if (!first) {
    const echo = text === "" || text.endsWith("\n") ? `echo '${given}'` : `(echo; echo '${given}')`;
    return lack(`no line matching user "${user.name}" in ${path}`, `${echo} >> ${path}`);
  }
  if (!first.range) {
    const { number } = first;
    return lack(
      `line ${number} of ${path} is not NAME:START:COUNT`,
      `sed -i '${number}s/.*/${given}/' ${path}`,
    );
  }
  return { subids: first.range };
}
