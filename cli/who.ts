/** `nido who`: what keeps namespaces alive and paths busy, and what frees them. */
import { listNamespaces, type NamespaceList } from "../inspect/namespaces.ts";
import { ownPid } from "../inspect/own_proc.ts";
import { COLOUR_OPTION, givenPaint, plain } from "./colour.ts";
import { getopt, type Info, type Option, UsageError } from "./getopt.ts";
import { givenTypes, HELP_OPTION, json, JSON_OPTION, TYPE_OPTION, write } from "./output.ts";
import { isUtf8, terminalWidth } from "./terminal.ts";
import { sayOthersProc, sayUnseen } from "./unseen.ts";
import { othersHolding } from "./who/holding.ts";
import { type Answer, answer, answerJson, answerText } from "./who/namespace_answer.ts";
import { type PathAnswer, pathAnswer, pathJson, pathText } from "./who/path_answer.ts";
import { type NamespaceSubject, type Subject, subjectsOf } from "./who/subject.ts";

/** How wide text for people is where there is no terminal. */
const USUAL_WIDTH = 80;

/** The options. */
export const OPTIONS: readonly Option[] = [
  { ...TYPE_OPTION, help: `of a process, ${TYPE_OPTION.help}` },
  {
    long: "all",
    short: "a",
    help: "list all processes, however many, and the files by which they hold a path",
  },
  COLOUR_OPTION,
  JSON_OPTION,
  HELP_OPTION,
];

/** Runs `nido who`. @throws {UsageError} */
export function who(words: readonly string[]): number | Info {
  const { given, operands } = getopt(OPTIONS, words, { permute: true });
  const has = (name: string): boolean => given.some(({ long }) => long === name);
  if (has("help")) return "help";
  if (operands.length === 0) {
    throw new UsageError("of what? Give a namespace, a path or a PID", true);
  }
  const types = givenTypes(given);
  sayOthersProc("nido who");
  const pen = {
    paint: givenPaint(given),
    ascii: !isUtf8(),
  };
  const subjects = operands.flatMap((operand) => subjectsOf(operand, types));
  const { list, answers } = answerAll(subjects, pen.ascii);
  if (has("json")) {
    const namespaces = answers.flatMap((one) =>
      "namespace" in one
        ? [answerJson(one, othersHolding(one.namespace, list.namespaces, ownPid()))]
        : []
    );
    const paths = answers.flatMap((one) => "busy" in one ? [pathJson(one)] : []);
    const { unreadable, hidepid } = list;
    write(json({ namespaces, paths, unreadable, hidepid: hidepid ?? null }));
  } else {
    const terminal = terminalWidth();
    const sizes = { width: terminal ?? USUAL_WIDTH, isTerminal: terminal !== undefined };
    const options = { ...pen, ...sizes };
    const textOf = (one: Answer | PathAnswer): string =>
      "busy" in one ? pathText(one, has("all"), options) : answerText(one, has("all"), options);
    write(answers.map(textOf).join("\n"));
  }
  sayUnseen("nido who", list);
  return 0;
}

/** What `nido who` says of a namespace, without colours. */
export function whoText(ns: number): string {
  const { answers } = answerAll([{ ns }], false);
  const options = { paint: plain, ascii: false, width: USUAL_WIDTH, isTerminal: false };
  return answers.map((one) => "busy" in one ? "" : answerText(one, false, options)).join("\n");
}

/** Answers in the order of what is asked, and what could not be seen. */
function answerAll(
  subjects: readonly Subject[],
  ascii: boolean,
): { list: NamespaceList; answers: (Answer | PathAnswer)[] } {
  const asked = subjects.filter((subject) => "ns" in subject);
  const paths = subjects.flatMap((subject) => "path" in subject ? [subject.path] : []);
  const nothing: NamespaceList = { namespaces: [], processes: [], unreadable: 0 };
  const list = asked.length > 0 ? listNamespaces(searched(asked)) : nothing;
  const found = new Map(paths.map((path) => [path, pathAnswer(path, ascii)]));
  const answers = subjects.map((subject) =>
    "path" in subject ? found.get(subject.path)! : answer(subject, list, ascii)
  );
  const unseen = [list, ...[...found.values()].map(({ busy }) => busy)]
    .reduce((most, one) => one.unreadable > most.unreadable ? one : most);
  const { unreadable, hidepid } = { hidepid: list.hidepid, ...unseen };
  return { list: { ...list, unreadable, ...(hidepid ? { hidepid } : {}) }, answers };
}

/** Types that have to be looked for: to see what a user namespace owns, all. */
function searched(
  subjects: readonly NamespaceSubject[],
): { types?: NonNullable<NamespaceSubject["type"]>[] } {
  const types = subjects.flatMap(({ type }) => type ?? "user");
  return types.includes("user") ? {} : { types: [...new Set(types)] };
}
