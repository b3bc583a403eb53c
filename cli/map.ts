/** `nido map`: a picture of the namespaces. */
import { COLOUR_OPTION, givenPaint } from "./colour.ts";
import { getopt, type Info, type Option, UsageError } from "./getopt.ts";
import { gather } from "./map/facts.ts";
import { mapJson } from "./map/json.ts";
import { mapOf } from "./map/model.ts";
import { mapSvg } from "./map/svg.ts";
import { mapText } from "./map/text.ts";
import { writeNewFile } from "./new_file.ts";
import { HELP_OPTION, json, JSON_OPTION, refuseOperands, write } from "./output.ts";
import { say } from "./say.ts";
import { isUtf8, terminalWidth } from "./terminal.ts";
import { sayOthersProc, sayUnseen } from "./unseen.ts";
import { count } from "./words.ts";

/** The options. */
export const OPTIONS: readonly Option[] = [
  {
    long: "svg",
    value: "required",
    shown: "file",
    help: "write a picture for browsers and documents; - is standard output",
  },
  {
    long: "live",
    help: "show it in a browser, and draw it again as it changes, until Ctrl-C",
  },
  { long: "all", short: "a", help: "name all processes, however many" },
  COLOUR_OPTION,
  JSON_OPTION,
  HELP_OPTION,
];

/** Without --all, how many processes of the same namespaces are named. */
const MOST = { text: 16, svg: 24 } as const;
const USUAL_WIDTH = 80;

function writeFile(path: string, text: string): void {
  if (path === "-") write(text);
  else writeNewFile(path, new TextEncoder().encode(text), 0o666);
}

/** Runs `nido map`. @throws {UsageError} */
export async function map(words: readonly string[]): Promise<number | Info> {
  const { given, operands } = getopt(OPTIONS, words, { permute: true });
  const last = (name: string) => given.findLast(({ long }) => long === name);
  if (last("help")) return "help";
  refuseOperands(operands);
  if (last("json") && last("svg")) {
    throw new UsageError("options --svg and --json cannot be combined");
  }
  if (last("live")) {
    const other = ["svg", "json"].find(last);
    if (other) throw new UsageError(`options --live and --${other} cannot be combined`);
    sayOthersProc("nido map");
    return await (await import("./map/live/serve.ts")).serve(last("all") ? Infinity : MOST.svg);
  }
  const paint = givenPaint(given);
  sayOthersProc("nido map");
  const { facts, unseen, untold } = gather();
  const drawn = mapOf(facts);
  const all = last("all") !== undefined;
  const file = last("svg")?.value;
  if (file !== undefined) {
    const most = all ? Infinity : MOST.svg;
    writeFile(file, mapSvg(drawn, { host: Deno.hostname(), most, unseen }));
  } else if (last("json")) {
    write(
      json({ ...mapJson(drawn), unreadable: unseen.unreadable, hidepid: unseen.hidepid ?? null }),
    );
  } else {
    const most = all ? Infinity : MOST.text;
    const width = terminalWidth() ?? USUAL_WIDTH;
    write(mapText(drawn, { paint, ascii: !isUtf8(), width, most }));
  }
  sayUnseen("nido map", unseen);
  if (untold > 0) {
    const which = count(untold, "network namespace");
    say(`nido map: ${which} could not be asked for veth pairs`);
  }
  return 0;
}
