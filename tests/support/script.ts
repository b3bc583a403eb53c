/** Scripts that use the library in a Deno of their own: for calls that change the process that makes them. */
import { assertEquals } from "@std/assert";

const MOD = new URL("../../mod.ts", import.meta.url).href;

/** What a script is run with. */
export interface ScriptOptions {
  /** Default: --allow-ffi alone. */
  readonly permissions?: readonly string[];
  /** More words for `deno run`. */
  readonly flags?: readonly string[];
  /** Words in front of Deno's. */
  readonly under?: readonly string[];
}

/** What a script did. */
export interface ScriptResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script that has the library as `nido`. */
export async function run(code: string, options: ScriptOptions = {}): Promise<ScriptResult> {
  const { permissions = ["--allow-ffi"], flags = [], under = [] } = options;
  const words = [
    ...under,
    Deno.execPath(),
    "run",
    "--quiet",
    "--no-config",
    "--no-lock",
    "--no-check",
    "--no-prompt",
    ...permissions,
    ...flags,
    "-",
  ];
  const child = new Deno.Command(words[0]!, {
    args: words.slice(1),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`import * as nido from "${MOD}";\n${code}`));
  await writer.close();
  const output = await child.output();
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

/** Prepares a script: `show(value)` prints JSON, `attempt(f)` gives what f does, or its error in short. */
const PRELUDE = `
const show = (value) => console.log(JSON.stringify(value));
const attempt = async (f) => {
  try { return (await f()) ?? "ok"; } catch (error) { return error.code ?? error.name; }
};
`;

/** Runs a script that shows values, and gives them. It must end well. */
export async function shown(code: string, options: ScriptOptions = {}): Promise<unknown[]> {
  const result = await run(PRELUDE + code, options);
  assertEquals(result.stderr, "");
  assertEquals(result.code, 0);
  return result.stdout.split("\n").filter((line) => line).map((line) => JSON.parse(line));
}
