/** The words of specs and of a Command's options: `fork: true`. */
import { type FrontEnd, type Message, words } from "../engine/failure.ts";
import type { OptionTerm } from "./option.ts";

/** Values that are written differently in specs. */
const WRITTEN: Readonly<Record<string, (value: Message) => Message>> = {
  propagation: quoted,
  setuid: quoted,
  setgid: quoted,
  mapUsers: (value) => words`[${quoted(value)}]`,
  mapGroups: (value) => words`[${quoted(value)}]`,
};

function quoted(value: Message): Message {
  return words`"${value}"`;
}

function wordsOf({ term, value }: OptionTerm): Message {
  if (term === "and") return ", ";
  if (term === "join its owner") {
    return 'add "user" (join.namespaces) if it has made that one, or ';
  }
  if (term === "without join.root") return "leave join.root out";
  if (term === "root inside") return "mapRootUser: true";
  const [, list, type] = /^(.*)\.(\w+)$/.exec(term) ?? [];
  if (list === "join.files") {
    return value === undefined
      ? `${list}.${type}`
      : words`${list!}: { ${type!}: ${quoted(value)} }`;
  }
  if (list === "namespaces" || list === "join.namespaces") return `"${type}" (${list})`;
  return value === undefined ? term : words`${term}: ${(WRITTEN[term] ?? ((it) => it))(value)}`;
}

/** The front end of the library. */
export const SPEC_WORDS: FrontEnd = { words: (term) => wordsOf(term as OptionTerm) };
