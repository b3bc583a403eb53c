/** `nido watch`: namespaces, processes and mounts as they come and go. */
import { watch as events } from "../inspect/watch/watch.ts";
import { readAccounts } from "../launch/run/facts.ts";
import { COLOUR_OPTION, givenPaint } from "./colour.ts";
import { getopt, type Info, type Option } from "./getopt.ts";
import { HELP_OPTION, JSON_OPTION, jsonLine, refuseOperands, write } from "./output.ts";
import { isUtf8, terminalWidth } from "./terminal.ts";
import { sayOthersProc } from "./unseen.ts";
import { eventJson, eventLine } from "./watch/lines.ts";

/** The options. */
export const OPTIONS: readonly Option[] = [
  COLOUR_OPTION,
  { ...JSON_OPTION, help: "print JSON, a line for each event" },
  HELP_OPTION,
];

/** The time of day, as clocks show it. */
const timeOf = (now: Date): string =>
  [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, "0"))
    .join(":");

/** Runs `nido watch`, until it is interrupted or nobody reads. @throws {UsageError} */
export async function watch(words: readonly string[]): Promise<number | Info> {
  const { given, operands } = getopt(OPTIONS, words, { permute: true });
  const last = (name: string) => given.findLast(({ long }) => long === name);
  if (last("help")) return "help";
  refuseOperands(operands);
  const paint = givenPaint(given);
  const asJson = last("json") !== undefined;
  sayOthersProc("nido watch");
  const users = new Map(readAccounts().reverse().map(({ uid, name }) => [uid, name]));
  const pen = { paint, ascii: !isUtf8() };
  for await (const event of events()) {
    const now = new Date();
    const line = asJson
      ? jsonLine(eventJson(event, now.toISOString()))
      : eventLine(event, timeOf(now), { pen, users, width: terminalWidth() ?? Infinity }).text;
    if (!write(`${line}\n`)) return 0;
  }
  return 0;
}
