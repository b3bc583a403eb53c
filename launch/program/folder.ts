/** Where the program starts, if that is where the caller is. @see getcwd(2) */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { NUL, SLASH } from "../../engine/characters.ts";
import { Text } from "../../engine/text.ts";
import type { Variable } from "../../engine/value.ts";
import { type Context, failed } from "../context.ts";
import { setOne } from "./edits.ts";
import { findInEnviron, inheritedEnviron } from "./environment.ts";

const STAT_BYTES = 144;

/** The bytes of struct stat that tell a file: st_dev and st_ino. */
const FILE_BYTES = 16;

/** Remembers the caller's directory: by the name that a shell has for it, if that is a name of it. */
export function rememberFolder(context: Context): void {
  const { s, spec: { keepWd, wd }, request, held } = context;
  const isAsked = request.isGiven(keepWd);
  if (isAsked === false || request.isGiven(wd) === true) return;
  const folder = s.variableIf(isAsked, "caller's directory");
  held.folder = folder;
  s.if(isAsked, () => {
    folder.set("");
    s.block((named) => {
      const shells = findInEnviron(s, inheritedEnviron(s), "PWD");
      s.if(shells.is(0), named.leave);
      const path = s.variable("path", shells.plus("PWD=".length));
      s.if(path.byte().isNot(SLASH), named.leave);
      const [there, here] = ["there", "here"].map((name) => s.memory(name, STAT_BYTES));
      const note = "is this where the caller is?";
      s.call("newfstatat", [AT_FDCWD, path, there!, 0], note, { fails: named.leave });
      s.call("newfstatat", [AT_FDCWD, ".", here!, 0], note, { fails: named.leave });
      s.if(s.variable("there", there!).isSame(here!, FILE_BYTES), () => folder.set(path));
    });
    s.if(folder.byte().is(NUL), () => {
      const room = s.memory("path of the caller's directory", PATH_MAX);
      s.block(({ leave }) => {
        s.call("getcwd", [room, PATH_MAX], "where the caller is", { fails: leave });
        folder.set(room);
      });
    });
  });
}

/** Goes there, or to $HOME, or to `/`, and tells the program where it is. */
export function enterFolder(context: Context, environ: Variable): void {
  const { s, spec: { keepWd, wd }, request, held } = context;
  s.if(request.isGiven(keepWd), () => {
    const at = s.variable("directory", "/");
    const isGiven = request.isGiven(wd);
    s.if(isGiven, () => at.set(request.value(wd as string)), {
      otherwise() {
        s.block((entered) => {
          const enter = (path: Variable, note: string): void => {
            s.block((refused) => {
              s.call("chdir", [path], note, { fails: refused.leave });
              at.set(path);
              entered.leave();
            });
          };
          enter(held.folder!, "start where the caller is");
          const home = findInEnviron(s, environ, "HOME");
          s.if(home.isNot(0), () => {
            enter(s.variable("home", home.plus("HOME=".length)), "else in $HOME");
          });
          s.call("chdir", ["/"], "else in the root", { fails: "ignored" });
        });
      },
    });
    const start = "PWD=";
    const setting = new Text(
      s,
      "PWD",
      PATH_MAX + start.length,
      failed("the directory's path is too long"),
    );
    setting.append(start);
    setting.appendString(at);
    setting.append("\0");
    setOne(context, environ, { start, setting: s.variable("setting", setting.start) });
  });
}
