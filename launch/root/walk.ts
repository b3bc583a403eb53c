/**
 * A path in the new root, name by name: where there is no openat2(2), or where directories are to be made.
 * No name is opened but from its directory's descriptor, and symbolic links are read and not followed.
 */
import { ELOOP } from "../../ffi/abi/errno.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { NUL, SLASH } from "../../engine/characters.ts";
import type { When } from "../../engine/condition.ts";
import { skip } from "../../engine/file.ts";
import { Text } from "../../engine/text.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { makeHints } from "./hints.ts";
import { cannotAt, close, type Root, WAY, WAY_NOT_LINK } from "./root.ts";

/** As the kernel. @see path_resolution(7) */
const MOST_LINKS = 40;

/** A path, and what a link in it has. */
const ROOM = 2 * PATH_MAX;

/** Whether it is a symbolic link. */
export function isLink({ s }: Root, fd: Variable): When {
  const link = s.memory("link", PATH_MAX);
  const found = s.variable("is link", 1);
  s.call("readlinkat", [fd, "", link, PATH_MAX], "is it a symbolic link?", {
    fails: () => found.set(0),
  });
  return found.is(1);
}

/**
 * Opens a path in the new root.
 *
 * @param path The address of a C string.
 * @param makes Whether directories are made where they are missing: 0 if not.
 * @returns A descriptor of its own.
 */
export function walk(root: Root, path: Value, makes: Value): Variable {
  const { s, top, record } = root;
  return s.subroutine("walk", { parameters: ["path", "makes"], results: ["fd"] }, (given) => {
    const { path, makes, fd } = given;
    const tooLong = cannotAt(root, "open");
    const rest = new Text(s, "rest of the path", ROOM, tooLong);
    const longer = new Text(s, "longer rest", ROOM, tooLong);
    /** Where it is, without links: `/a/b`. */
    const done = new Text(s, "way", ROOM, tooLong);
    const link = s.memory("content of a link", PATH_MAX);
    const links = s.variable("links", 0);
    rest.clear();
    rest.appendString(path);
    rest.append("\0");
    done.clear();
    fd.set(top);
    const at = s.variable("at", rest.start);

    /** Puts something in front of what is left. */
    const putInFront = (start: Value, length: Value): void => {
      longer.clear();
      longer.append({ start, length });
      longer.append("/");
      longer.appendString(at);
      longer.append("\0");
      rest.clear();
      rest.append({ start: longer.start, length: longer.length });
      at.set(rest.start);
    };
    const goTo = (other: Value): void => {
      s.if(fd.isNot(top), () => close(s, fd));
      fd.set(other);
    };
    const beginAgain = (): void => {
      goTo(top);
      done.clear();
    };

    s.loop(({ leave, next }) => {
      skip(s, at, SLASH);
      s.if(at.byte().is(NUL), leave);
      const name = s.variable("name", at).said();
      at.set(at.seek(SLASH, NUL));
      s.if(at.byte().isNot(NUL), () => {
        s.store(at, NUL, { bytes: 1 });
        at.advance();
      });
      s.if(name.begins(".\0"), next);
      s.if(name.begins("..\0"), () => {
        // By name: a directory may have been moved out of the root meanwhile, and have another parent.
        const end = s.variable("way up", done.start);
        s.each([done.start, done.end, 1], (byte) => {
          s.if(byte.byte().is(SLASH), () => end.set(byte));
        });
        putInFront(done.start, end.minus(done.start));
        beginAgain();
        next();
      });
      const opened = s.variable("opened", 0);
      s.call("openat", [fd, name, WAY_NOT_LINK, 0], "the next name", {
        result: opened,
        fails: {
          ENOENT: (error) => {
            s.if(makes.is(0), () => error.fail(cannotAt(root, "open")));
            s.call("mkdirat", [fd, name, record.parentMode], "make it", {
              fails: cannotAt(root, "create a directory above", makeHints()),
            });
            s.call("openat", [fd, name, WAY_NOT_LINK, 0], "and open it", {
              result: opened,
              fails: cannotAt(root, "open"),
            });
          },
          otherwise: (error) => {
            s.if(makes.isNot(0), () => error.fail(cannotAt(root, "create a directory above")));
            error.fail(cannotAt(root, "open"));
          },
        },
      });
      const length = s.variable("length", 0);
      s.block((plain) => {
        const got = s.call("readlinkat", [opened, "", link, PATH_MAX], "where does it lead?", {
          result: "got",
          fails: plain.leave,
        });
        length.set(got);
      });
      s.if(length.isNot(0), () => {
        close(s, opened);
        links.advance();
        s.if(links.isAtLeast(MOST_LINKS), () => s.fail(cannotAt(root, "open"), ELOOP));
        putInFront(link, length);
        s.if(link.byte().is(SLASH), beginAgain);
        next();
      }, { when: "if it is a symbolic link" });
      done.append("/");
      done.appendString(name);
      goTo(opened);
    }, { when: "for each name of the path" });

    s.if(fd.is(top), () => {
      s.call("openat", [top, ".", WAY, 0], "the root itself", {
        result: fd,
        fails: cannotAt(root, "open"),
      });
    });
  })({ path, makes }).fd;
}
