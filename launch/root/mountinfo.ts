/** The mounts of this mount namespace, as their own root sees them. @see proc_pid_mountinfo(5) */
import { EFBIG } from "../../ffi/abi/errno.ts";
import { O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import type { Builder } from "../../engine/builder.ts";
import { BACKSLASH, NEWLINE, NUL, SPACE, ZERO } from "../../engine/characters.ts";
import { constant, Expression, type Variable } from "../../engine/value.ts";
import { cannot, close, goTo, type Root } from "./root.ts";
import { openSelf } from "./self.ts";

/** More than a line has: two paths, escaped, and the options of an overlay. */
const ROOM = 65536;

/** The field that has the mount point. */
const MOUNT_POINT = 4;

/** Makes a directory the root of this process. It stays where it is otherwise. */
function lookFrom(root: Root, directory: Variable, note: string): void {
  const { s } = root;
  goTo(root, directory, note, cannot(root, "change the root"));
  s.call("chroot", ["."], note, { fails: cannot(root, "change the root") });
}

/** Opens the list: it has what is below the root of whoever opens it. */
function openMountinfo(root: Root): Variable {
  const { s, self } = root;
  openSelf(root);
  lookFrom(root, root.base, "from where all mounts are seen");
  const args = [self, "mountinfo", O_RDONLY | O_CLOEXEC, 0];
  const file = s.call("openat", args, "all mounts", {
    result: "mountinfo",
    fails: cannot(root, "read /proc/self/mountinfo"),
  });
  lookFrom(root, root.outside, "sources are outside");
  return file;
}

/** Runs a block with each mount point, a C string. */
export function eachMountPoint(root: Root, body: (point: Variable) => void): void {
  const { s } = root;
  const memory = s.memory("mountinfo", ROOM + 1);
  const failure = cannot(root, "read /proc/self/mountinfo");
  const file = openMountinfo(root);
  const end = s.variable("end of mountinfo", memory);
  s.loop(({ leave }) => {
    const room = s.variable("room", constant(memory.bytes - 1).minus(end.minus(memory)));
    s.if(room.is(0), () => s.fail(failure, EFBIG));
    const got = s.call("read", [file, end, room], "until all is read", {
      result: "got",
      fails: failure,
    });
    s.if(got.is(0), leave);
    end.advance(got);
    const line = s.variable("line", memory);
    s.loop((lines) => {
      s.store(end, NEWLINE, { bytes: 1 });
      const newline = s.variable("newline", line.seek(NEWLINE));
      s.if(newline.is(end), lines.leave);
      const point = s.variable("mount point", line);
      const field = s.variable("field", 0);
      s.while(field.isNot(MOUNT_POINT), () => {
        point.set(point.seek(SPACE, NEWLINE).plus(1));
        field.advance();
      });
      s.store(point.seek(SPACE, NEWLINE), NUL, { bytes: 1 });
      unescape(s, point);
      body(point);
      line.set(newline.plus(1));
    });
    // The beginning of a line waits for its rest.
    end.set(new Expression("copy", [memory, line, end.minus(line)]));
  });
  close(s, file);
}

/** Undoes `\040` and the like. */
function unescape(s: Builder, text: Variable): void {
  const [from, to] = [s.variable("from", text), s.variable("to", text)];
  s.while(from.byte().isNot(NUL), () => {
    const byte = s.variable("byte", from.byte());
    s.if(byte.is(BACKSLASH), () => {
      byte.set(0);
      for (const i of [1, 2, 3]) {
        byte.set(byte.shiftedLeft(3).or(from.byte(i).minus(ZERO)));
      }
      from.advance(3);
    });
    from.advance();
    s.store(to, byte, { bytes: 1 });
    to.advance();
  });
  s.store(to, NUL, { bytes: 1 });
}
