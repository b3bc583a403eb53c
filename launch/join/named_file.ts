/** A file that is named as a namespace: what hints say of it, and the looks that find it out. */
import { type Bytes, display, wellFormed } from "../../ffi/bytes.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { shellWord } from "../../ffi/shell_word.ts";
import { NUL, SLASH } from "../../engine/characters.ts";
import { any, not, type When } from "../../engine/condition.ts";
import type { Builder } from "../../engine/builder.ts";
import { FOUND_NAME, type Hint, type Look } from "../../engine/failure.ts";
import { readNumber } from "../../engine/file.ts";
import { exists } from "../../engine/looks.ts";
import { readFile } from "../../engine/failure/look_steps.ts";
import { Text } from "../../engine/text.ts";
import type { Variable } from "../../engine/value.ts";
import { isParameter, type Text as Path } from "../parameter.ts";
import { findElsewhere } from "./elsewhere.ts";
import type { NamedFile } from "./file_hints.ts";
import type { Joining } from "./joining.ts";

/** What hints say of a file. @param path As it is asked for, or where only the run knows that, that of `file`. */
export function namedFile(joining: Joining, path: Path): NamedFile {
  return isParameter(path) ? openFile(joining.s, joining.file!) : knownFile(joining.s, path);
}

/** The path as mounts have it: /var/run is a link to /run. */
const seenPath = (path: Bytes): string => wellFormed(path).replace(/^\/var\/run\//, "/run/");

/** A mount has a file of nsfs as root: 36 35 0:4 net:[4026532281] /run/netns/one rw … */
const ROOT_END = "] ";

const NETNS = "/run/netns/";

function knownFile(s: Builder, path: Bytes): NamedFile {
  const name = wellFormed(path);
  const isNumber = /^\d+$/.test(name);
  const [, process] = name.match(/^(\/proc\/[\w-]+)(?:\/ns)?\/?$/) ?? [];
  const { kind } = s.look(
    "a process that has it mounted",
    (found, given) => findElsewhere(s, found, given.text("first")),
  );
  const withLook = (look: Look, hint: Hint): Hint => ({ ...hint, look: [look] });
  return {
    shown: display(path),
    word: shellWord(name),
    seenWord: shellWord(seenPath(path)),
    ifNumber: (hint) => isNumber ? [hint] : [],
    ifNetns: (of) =>
      isNumber || name.includes("/")
        ? []
        : [withLook(exists(`${NETNS}${name}`), of(`${NETNS}${shellWord(name)}`))],
    ifFolder: (of) => [withLook(exists(`${name}/.`), of(process))],
    isElsewhere: { kind, given: [`${ROOT_END}${seenPath(path)} `] },
  };
}

/** More bytes than a path and what is put around it have. */
const TEXT_BYTES = 2 * PATH_MAX;

function openFile(s: Builder, file: Variable): NamedFile {
  const said = { string: file, isPath: true };
  const word = { ...said, isWord: true };
  const seen = (look: (leave: () => void) => When) => (): When => {
    const isSeen = s.variable("is seen", 0);
    s.block(({ leave }) => s.if(look(leave), () => isSeen.set(1)));
    return isSeen.is(1);
  };
  const text = (append: (text: Text) => void): Text => {
    const text = new Text(s, "text", TEXT_BYTES, "cut");
    append(text);
    return text;
  };
  /** Leaves unless there is such a file. */
  const mustExist = (append: (text: Text) => void, leave: () => void): void => {
    const { start } = text((path) => {
      append(path);
      path.append("\0");
    });
    readFile(s, s.variable("path", start), { absent: leave, fake: leave });
  };
  const mustBeFolder = (leave: () => void): void =>
    mustExist((path) => {
      path.appendString(file);
      path.append("/.");
    }, leave);
  const isNumber = s.look(
    "the file of a namespace is a number",
    seen((leave) => {
      const digits = s.variable("digits", file);
      readNumber(s, digits, leave);
      return digits.byte().is(NUL);
    }),
  );
  const isNetns = s.look(
    "the file of a namespace is a name that ip-netns knows",
    seen((leave) => {
      s.if(file.seek(SLASH, NUL).byte().is(SLASH), leave);
      mustExist((path) => {
        path.append(NETNS);
        path.appendString(file);
      }, leave);
      return true;
    }),
  );
  const isFolder = s.look(
    "the file of a namespace is a folder",
    seen((leave) => {
      mustBeFolder(leave);
      return true;
    }),
  );
  const isProcess = s.look(
    "the file of a namespace is a folder of a process",
    seen((leave) => {
      const proc = "/proc/";
      s.if(not(file.begins(proc)), leave);
      const name = s.variable("name", file.plus(proc.length));
      const end = s.variable("end", name.seek(SLASH, NUL));
      s.if(end.is(name), leave);
      const ends = ["", "/", "/ns", "/ns/"].map((end) => `${end}\0`);
      s.if(not(any(...ends.map((text) => end.begins(text)))), leave);
      mustBeFolder(leave);
      const process = text((process) =>
        process.append({ start: file, length: end.minus(file) }, "\0")
      );
      s.foundName.set(process.start);
      return true;
    }),
  );
  const isElsewhere = s.look("a process that has the file mounted", (found) => {
    const seen = s.variable("seen path", file);
    s.if(seen.begins("/var/run/"), () => seen.advance("/var".length));
    s.foundName.set(seen);
    const mount = text((mount) => {
      mount.append(ROOT_END);
      mount.appendString(seen);
      mount.append(" ");
    });
    return findElsewhere(s, found, {
      start: mount.start,
      length: s.variable("length", mount.length),
    });
  });
  return {
    shown: said,
    word: [word],
    // Said where that look has found who has it mounted.
    seenWord: [{ ...FOUND_NAME, isWord: true }],
    ifNumber: (hint) => [{ ...hint, look: [isNumber] }],
    ifNetns: (of) => [{ ...of([NETNS, word]), look: [isNetns] }],
    ifFolder: (of) => [
      { ...of([FOUND_NAME]), look: [isProcess] },
      { ...of(undefined), look: [isFolder] },
    ],
    isElsewhere,
  };
}
