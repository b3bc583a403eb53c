/** `nido ports`: what waits for connections, in every network namespace. */
import { getopt, type Info, type Option } from "./getopt.ts";
import { HELP_OPTION, json, JSON_OPTION, refuseOperands, write } from "./output.ts";
import { gather } from "./ports/facts.ts";
import { portJson, portsText } from "./ports/show.ts";
import { isUtf8, terminalWidth } from "./terminal.ts";
import { sayOthersProc, sayUnseen } from "./unseen.ts";

/** The options. */
export const OPTIONS: readonly Option[] = [
  { long: "all", short: "a", help: "list all processes of a socket, however many" },
  JSON_OPTION,
  HELP_OPTION,
];

/** Runs `nido ports`. @throws {UsageError} */
export function ports(words: readonly string[]): number | Info {
  const { given, operands } = getopt(OPTIONS, words, { permute: true });
  const has = (name: string): boolean => given.some(({ long }) => long === name);
  if (has("help")) return "help";
  refuseOperands(operands);
  sayOthersProc("nido ports");
  const { ports: found, unseen } = gather();
  if (has("json")) {
    const { unreadable, hidepid } = unseen;
    write(json({ ports: found.map(portJson), unreadable, hidepid: hidepid ?? null }));
  } else {
    const style = { headings: true, ascii: !isUtf8(), wrap: true, width: terminalWidth() };
    write(portsText(found, has("all"), style));
  }
  sayUnseen("nido ports", unseen);
  return 0;
}
