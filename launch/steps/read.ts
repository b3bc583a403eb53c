/** Files that are read at run time. */
import { type Failure, type Operand, type Sequence, slot } from "../plan.ts";

/**
 * Reads a descriptor to its end, and closes it. Slot `length` is then how much there was; at most
 * `room`, where there may be more.
 *
 * @param into The address of a buffer.
 */
export function readAll(
  s: Sequence,
  { fd, into, room, what, failure, when }: {
    fd: string;
    into: Operand & { kind: "address" };
    room: number;
    what: string;
    failure: Failure;
    /** When it is read at all. */
    when?: string;
  },
): void {
  const [more, done] = [s.unique("more"), s.unique("read")];
  s.compute("length", "set", 0);
  s.label(more);
  s.compute("end", "add", into, slot("length"));
  s.compute("room", "sub", room, slot("length"));
  s.call("read", [slot(fd), slot("end", `&${into.name}`), slot("room")], what, {
    result: "got",
    failure,
    when: when ?? "until all is read",
  });
  s.compute("length", "add", slot("length"), slot("got"));
  s.test("ifEqual", [slot("got"), 0], done);
  s.test("ifBelow", [slot("length"), room], more);
  s.label(done);
  s.call("close", [slot(fd)], "the file is done", when === undefined ? {} : { when });
}
