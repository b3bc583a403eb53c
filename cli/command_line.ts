/** The words of the command line. */
import { decode } from "../ffi/bytes.ts";

/** What Deno gets in place of such an argument in the compiled program: tools/entry/x86_64.s. */
const NOT_ASCII = "(nido: not ASCII)";

/** The name by which this program was called, without its folder. */
export function calledAs(): string {
  const [program] = commandLine();
  return program!.slice(program!.lastIndexOf("/") + 1);
}

/** The words of the command line as bytes, argv[0] first. Deno.args loses bytes that are not UTF-8. */
export function commandLine(): string[] {
  try {
    const bytes = Deno.readFileSync("/proc/self/cmdline");
    const words: string[] = [];
    for (let start = 0; start < bytes.length;) {
      const end = bytes.indexOf(0, start);
      words.push(decode(bytes.subarray(start, end)));
      start = end + 1;
    }
    // Compiled, Deno.args may lack a first word that is the program's path: words cannot be counted.
    if (Deno.build.standalone) return [words[0] ?? "nido", ...words.slice(1)];
    // `deno run` has its own words in front, and its own argv[0].
    return ["nido", ...words.slice(words.length - Deno.args.length)];
  } catch {
    if (Deno.args.includes(NOT_ASCII)) {
      console.error("nido: without /proc/self/cmdline, arguments can only be ASCII");
      Deno.exit(1);
    }
    return ["nido", ...Deno.args];
  }
}
