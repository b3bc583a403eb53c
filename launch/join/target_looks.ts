/** Looks at the target, for hints: at its files in /proc, and at whose it is. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { Look } from "../../engine/failure.ts";
import { absent, contains, exists, fileLook, sameLink } from "../../engine/looks.ts";
import { isSameLink, seesFile } from "../../engine/failure/look_steps.ts";
import { Text } from "../../engine/text.ts";
import { isOthers } from "../causes.ts";
import type { Context } from "../context.ts";
import { isAnothers } from "../ids/caller_looks.ts";
import { eachNumber } from "../proc/numbers.ts";
import type { TargetLooks } from "./target_hints.ts";
import type { TargetPid } from "./target_pid.ts";

const FILE = "a file of the target";

/** More bytes than the path of a file that is looked at has. */
const PATH_BYTES = 64;

/** The looks at a target. */
export function targetLooks(context: Context, target: TargetPid): TargetLooks {
  const { s, ids: { euid } } = context;
  const livingThread = lookForThread(context, target);
  const own = (type: NamespaceType): string => `/proc/self/ns/${type}`;
  const { known } = target;
  if (known !== undefined) {
    const path = (file: string): string => `/proc/${known}/${file}`;
    return {
      absent: (file) => absent(path(file)),
      exists: (file) => exists(path(file)),
      contains: (file, text) => contains(path(file), text),
      shares: (type) => sameLink(own(type), path(`ns/${type}`)),
      isOthers: isOthers(known),
      livingThread,
    };
  }
  s.look(FILE, (_, given) =>
    seesFile(s, given, () => {
      const path = new Text(s, "path", PATH_BYTES, "cut");
      path.append("/proc/");
      path.appendDecimal(target.value);
      path.append("/", given.text("first"), "\0");
      return path.start;
    }));
  return {
    absent: (file) => fileLook("absent", file, "", FILE),
    exists: (file) => fileLook("exists", file, "", FILE),
    contains: (file, text) => fileLook("contains", file, text, FILE),
    shares: (type) =>
      s.look(
        `the caller shares the target's ${type} namespace`,
        () => isSameLink(s, () => own(type), () => target.path(`ns/${type}`)),
      ),
    isOthers: s.look(
      "the target is another user's",
      (found) => isAnothers(s, target.value, { euid, found }),
    ),
    livingThread,
  };
}

/** The look for a thread of the target that lives, where its first has ended: finds its number. */
function lookForThread({ s }: Context, target: TargetPid): Look {
  return s.look(`a thread of ${target.known ?? "the target"} that lives`, (found) => {
    eachNumber(s, target.path("task"), "look for the cause", (thread, { leave }) => {
      s.if(thread.isNot(target.value), () => {
        found.set(thread);
        leave();
      });
    });
    return found.isNot(0);
  });
}
