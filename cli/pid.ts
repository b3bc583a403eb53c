/** `nido pid`: processes explained. */
import { Containers } from "../inspect/container/find.ts";
import { ownPid } from "../inspect/own_proc.ts";
import { namespacesOf, ownNamespaces } from "../inspect/process.ts";
import { readAccounts } from "../launch/run/facts.ts";
import { COLOUR_OPTION, givenPaint, type Paint, plain } from "./colour.ts";
import { getopt, type Info, type Option, UsageError } from "./getopt.ts";
import { HELP_OPTION, json, JSON_OPTION, parsePid, write } from "./output.ts";
import { explanation } from "./pid/explain.ts";
import { jsonOf } from "./pid/json.ts";
import { type CallerFacts, factsOf, lastCapability, type ProcessFacts } from "./pid/facts.ts";
import { translate, translationText } from "./pid/translate.ts";
import { say } from "./say.ts";
import { isUtf8, terminalWidth } from "./terminal.ts";
import { sayOthersProc, sayUnseen, whyUnseen } from "./unseen.ts";

/** The options. */
export const OPTIONS: readonly Option[] = [
  {
    long: "in",
    value: "required",
    shown: "pid2",
    values: "pid",
    help:
      "the PIDs are numbers in the PID namespace of pid2: say who that is here, and the other way round",
  },
  COLOUR_OPTION,
  JSON_OPTION,
  HELP_OPTION,
];

/** The width of text where there is no terminal. */
const USUAL_WIDTH = 80;

/** The facts of the processes that can be seen. Prints why others cannot. */
function gather(pids: readonly number[]): ProcessFacts[] {
  const containers = new Containers();
  return pids.flatMap((pid) => {
    try {
      return [factsOf(pid, containers)];
    } catch (error) {
      const why = whyUnseen(pid, error);
      if (why === undefined) throw error;
      say(`nido pid: ${why}`);
      return [];
    }
  });
}

function readCaller(): CallerFacts {
  return {
    own: ownNamespaces(),
    users: new Map(readAccounts().reverse().map(({ uid, name }) => [uid, name])),
    lastCapability: lastCapability(),
    belonging: new Containers().of(ownPid() ?? 0),
    hostName: Deno.hostname(),
  };
}

/** What `nido pid` says of a process, without colours; why it can say nothing, if so. */
export function pidText(pid: number): string {
  try {
    const options = { paint: plain, ascii: false, width: USUAL_WIDTH };
    return explanation(factsOf(pid, new Containers()), readCaller(), options);
  } catch (error) {
    const why = whyUnseen(pid, error);
    if (why === undefined) throw error;
    return why;
  }
}

function explainAll(pids: readonly number[], asJson: boolean, paint: Paint): number {
  const facts = gather(pids);
  const caller = readCaller();
  if (asJson) write(json({ processes: facts.map((one) => jsonOf(one, caller)) }));
  else {
    const options = { paint, ascii: !isUtf8(), width: terminalWidth() ?? USUAL_WIDTH };
    write(facts.map((one) => explanation(one, caller, options)).join("\n"));
  }
  sayUnseen("nido pid", { unreadable: facts.filter(({ namespaces }) => !namespaces).length });
  return facts.length === pids.length ? 0 : 1;
}

function translateAll(target: number, numbers: readonly number[], asJson: boolean): number {
  const { pid: ns } = namespacesOf(target);
  const translations = numbers.map((number) => translate(target, number));
  const space = `pid:[${ns}]`;
  if (asJson) {
    const rows = translations.map(({ number, here, there }) => ({
      number,
      here: here ?? null,
      there: there ?? null,
    }));
    write(json({ in: target, ns, translations: rows }));
  } else write(translations.map((one) => translationText(one, space)).join(""));
  const missing = translations.filter(({ here }) => here === undefined);
  for (const { number } of missing) say(`nido pid: no process ${number} in ${space}`);
  return missing.length > 0 ? 1 : 0;
}

/** Runs `nido pid`. @throws {UsageError} */
export function pid(words: readonly string[]): number | Info {
  const { given, operands } = getopt(OPTIONS, words, { permute: true });
  const last = (name: string) => given.findLast(({ long }) => long === name);
  if (last("help")) return "help";
  if (operands.length === 0) throw new UsageError("which process? Give its PID", true);
  const pids = operands.map(parsePid);
  const asJson = last("json") !== undefined;
  const target = last("in")?.value;
  sayOthersProc("nido pid");
  if (target === undefined) return explainAll(pids, asJson, givenPaint(given));
  const from = parsePid(target);
  try {
    return translateAll(from, pids, asJson);
  } catch (error) {
    const why = whyUnseen(from, error);
    throw why === undefined ? error : new UsageError(why);
  }
}
