/** `nido doctor`: what works here, what does not, and why. */
import type { Verdict } from "../launch/probe/result.ts";
import { probeFor } from "../launch/run/probe.ts";
import { COLOUR_OPTION, givenPaint } from "./colour.ts";
import { doctorJson, doctorText } from "./doctor/show.ts";
import { getopt, type Info, type Option } from "./getopt.ts";
import { OPTION_WORDS } from "./option_words.ts";
import { HELP_OPTION, json, JSON_OPTION, refuseOperands, write } from "./output.ts";
import { isUtf8, terminalWidth } from "./terminal.ts";

/** The options. */
export const OPTIONS: readonly Option[] = [COLOUR_OPTION, JSON_OPTION, HELP_OPTION];

const STATUS: Readonly<Record<Verdict, number>> = { works: 0, refused: 1, "cannot tell": 2 };

/** Runs `nido doctor`. @throws {UsageError} */
export async function doctor(words: readonly string[]): Promise<number | Info> {
  const { given, operands } = getopt(OPTIONS, words, { permute: true });
  const last = (name: string) => given.findLast(({ long }) => long === name);
  if (last("help")) return "help";
  refuseOperands(operands);
  const paint = givenPaint(given);
  const probed = await probeFor(OPTION_WORDS);
  if (last("json")) write(json(doctorJson(probed)));
  else write(doctorText(probed, { paint, ascii: !isUtf8() }, terminalWidth() ?? Infinity));
  return STATUS[probed.verdict];
}
