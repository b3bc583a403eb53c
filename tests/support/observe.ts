/** Looks at a program through other programs: what does it see, started plainly and through nido? */
import { assertEquals } from "@std/assert";
import { nido, type RunOptions, shell } from "./nido.ts";

type Options = RunOptions & { readonly as?: "user"; readonly with?: "bash" };

/** Ways to start a program that must not matter to it. */
export const WAYS = ["unshare", "unshare --fork", "unshare --forward-signals"];

/** Bytes as a string in which every byte stays what it is. */
const latin1 = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

/**
 * What `observer` prints if a shell starts it plainly, and what it prints if the same shell starts
 * it through nido, each with its exit status.
 *
 * @param setup What the shell does first.
 */
export async function observe(
  setup: string,
  observer: string,
  options: Options & { readonly ways?: readonly string[]; readonly prefix?: string } = {},
): Promise<{ plain: string; others: [way: string, seen: string][] }> {
  const ways = options.ways ?? WAYS;
  const commands = [observer, ...ways.map((way) => `${nido} ${way} ${observer}`)];
  const script = [
    setup,
    ...commands.map((line) => `${options.prefix ?? ""} ${line}; echo "status $?"; echo "<next>"`),
  ].join("\n");
  const { bytes, stderr } = await shell(script, [], options);
  const [plain, ...others] = latin1(bytes).split("<next>\n").slice(0, -1);
  assertEquals(others.length, ways.length, `every way was tried: ${stderr}`);
  return { plain: plain!, others: others.map((seen, i) => [ways[i]!, seen]) };
}

/** Fails unless all ways look the same to `observer`. Returns what it sees. */
export async function assertUnseen(
  setup: string,
  observer: string,
  options: Parameters<typeof observe>[2] & { readonly normalise?: (text: string) => string } = {},
): Promise<string> {
  const { plain, others } = await observe(setup, observer, options);
  const normalise = options.normalise ?? ((text) => text);
  for (const [way, seen] of others) assertEquals(normalise(seen), normalise(plain), way);
  return plain;
}

/** The hexadecimal mask of a line of /proc/PID/status. */
export const mask = (text: string, name: string): bigint =>
  BigInt(`0x${text.match(new RegExp(`^${name}:\\t(\\w+)$`, "m"))?.[1]}`);
