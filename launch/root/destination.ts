/**
 * Destinations, by descriptors that begin at the new root: symbolic links that somebody has planted lead
 * nowhere else. @see openat2(2)
 */
import {
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
} from "../../ffi/abi/fcntl.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { NUL, SLASH } from "../../engine/characters.ts";
import { data, type Operand } from "../../engine/operand.ts";
import { Text } from "../../engine/text.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { LINK_HINT, makeHints } from "./hints.ts";
import { cannotAt, close, isSet, NEW, type Root, WAY, WAY_NOT_LINK } from "./root.ts";
import { isLink, walk } from "./walk.ts";

/** What is done where the destination is missing. */
export const MAKE = { nothing: 0, directory: 1, file: 2 } as const;

/** The mode of files and directories that are mounted on. */
export const MOUNT_POINT = { directory: 0o755, file: 0o444 } as const;

const HOW_BYTES = 24;

/** struct open_how */
function how(resolve: number, shown: string): Operand {
  const view = new DataView(new ArrayBuffer(HOW_BYTES));
  view.setBigUint64(0, BigInt(WAY), true);
  view.setBigUint64(16, BigInt(resolve), true);
  const bytes = new Uint8Array(view.buffer);
  return data(bytes, `{flags=O_PATH|O_CLOEXEC, resolve=${shown}}`);
}

const INSIDE = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
const SHOWN = "RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS";
const HOW_INSIDE = how(INSIDE, SHOWN);
const HOW_PLAINLY = how(INSIDE | RESOLVE_NO_SYMLINKS, `${SHOWN}|RESOLVE_NO_SYMLINKS`);

/** Looks whether there is an openat2(2). */
export function lookForOpenat2({ s, hasOpenat2 }: Root): void {
  hasOpenat2.set(1);
  s.call("openat2", [-1, "", HOW_INSIDE, HOW_BYTES], "is there such a call, and allowed?", {
    fails: (error) => s.if(error.is("ENOSYS", "EPERM"), () => hasOpenat2.set(0)),
  });
}

/**
 * Opens the directory above the destination.
 *
 * @param makes Whether it is made if it is missing: 0 if not.
 */
export function openParent(root: Root, makes: Value): void {
  const { s, record, parent, last, top } = root;
  s.subroutine("parent", { parameters: ["makes"] }, ({ makes }) => {
    const path = new Text(s, "destination", PATH_MAX, cannotAt(root, "open"));
    path.clear();
    path.appendString(record.destination);
    path.append("\0");
    last.set(path.start);
    const at = s.variable("at", path.start);
    s.loop(({ leave }) => {
      at.set(at.seek(SLASH, NUL));
      s.if(at.byte().is(NUL), leave);
      at.advance();
      last.set(at);
    });
    s.block(({ leave }) => {
      s.if(last.is(path.start), () => {
        parent.set(openHere(root, top));
        leave();
      });
      s.store(last.minus(1), NUL, { bytes: 1 });
      s.block((otherwise) => {
        s.if(root.hasOpenat2.is(0), otherwise.leave);
        const note = "the directory above it, in the new root";
        s.call("openat2", [top, path.start, HOW_INSIDE, HOW_BYTES], note, {
          result: parent,
          fails: otherwise.leave,
        });
        leave();
      });
      parent.set(walk(root, path.start, makes));
    });
  })({ makes });
}

/** A descriptor of its own for a directory. */
function openHere(root: Root, folder: Value): Variable {
  return root.s.call("openat", [folder, ".", WAY, 0], "the directory above it", {
    result: "here",
    fails: cannotAt(root, "open"),
  });
}

/** What is to be opened. */
interface Wanted {
  /** What is made where it is missing: one of {@linkcode MAKE}. Default: nothing. */
  readonly make?: Value;
  /** The mode of a directory that is made. */
  readonly mode?: Value;
  /** Whether a symbolic link at its end is followed, in the new root. Default: it is refused. */
  readonly follows?: boolean;
  /** Whether the directory above it is opened, too. */
  readonly withParent?: boolean;
}

/** Opens the destination. What is on top there is what is opened. */
export function openDestination(
  root: Root,
  { make = MAKE.nothing, mode = MOUNT_POINT.directory, follows, withParent }: Wanted = {},
): Variable {
  const { s, record, top, parent, last } = root;
  return s.subroutine("destination", {
    parameters: ["make", "mode", "follows", "withParent"],
    results: ["fd"],
  }, ({ make, mode, follows, withParent, fd }) => {
    s.block((found) => {
      s.block((otherwise) => {
        s.if(root.hasOpenat2.is(0), otherwise.leave);
        s.if(withParent.is(1), otherwise.leave);
        const args = [top, record.destination, HOW_PLAINLY, HOW_BYTES];
        s.call("openat2", args, "where it is, if no link is on the way", {
          result: fd,
          fails: otherwise.leave,
        });
        found.leave();
      });
      s.if(isSet(root, "root"), () => {
        s.if(withParent.is(1), () => parent.set(openHere(root, root.base)));
        last.set(NEW);
        fd.set(openHere(root, top));
        found.leave();
      });
      openParent(root, make);
      s.call("openat", [parent, last, WAY_NOT_LINK, 0], "what is there", {
        result: fd,
        fails: {
          ENOENT: (error) => {
            s.if(make.is(MAKE.nothing), () => error.fail(cannotAt(root, "open")));
            makeIt(root, make, mode, fd);
            s.if(withParent.is(0), () => close(s, parent));
            found.leave();
          },
          ENOTDIR: (error) => {
            s.if(make.isNot(MAKE.nothing), () => {
              error.fail(cannotAt(root, "create a directory above"));
            });
            error.fail(cannotAt(root, "open"));
          },
          otherwise: (error) => {
            s.if(make.isNot(MAKE.nothing), () => error.fail(cannotAt(root, "create")));
            error.fail(cannotAt(root, "open"));
          },
        },
      });
      s.if(isLink(root, fd), () => {
        s.if(follows.is(0), () => s.fail(cannotAt(root, "work on", [LINK_HINT])));
        close(s, fd);
        fd.set(walk(root, record.destination, make));
      });
      s.if(withParent.is(0), () => close(s, parent));
    });
  })({ make, mode, follows: Number(follows ?? false), withParent: Number(withParent ?? false) }).fd;
}

function makeIt(root: Root, make: Variable, mode: Variable, fd: Variable): void {
  const { s, parent, last } = root;
  s.if(make.is(MAKE.file), () => {
    const args = [parent, last, O_CREAT | O_EXCL | O_CLOEXEC, MOUNT_POINT.file];
    s.call("openat", args, "an empty file to mount on", {
      result: fd,
      fails: cannotAt(root, "create", makeHints()),
    });
  }, {
    otherwise() {
      s.call("mkdirat", [parent, last, mode], "the directory", {
        fails: cannotAt(root, "create", makeHints()),
      });
      s.call("openat", [parent, last, WAY_NOT_LINK, 0], "and open it", {
        result: fd,
        fails: cannotAt(root, "open"),
      });
    },
  });
}
