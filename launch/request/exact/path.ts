/** Destinations, as records have them: from the root, without names that do nothing. */
import type { Builder } from "../../../engine/builder.ts";
import { DOT, NUL, SLASH } from "../../../engine/characters.ts";
import { all, any } from "../../../engine/condition.ts";
import { skip } from "../../../engine/file.ts";
import type { Value, Variable } from "../../../engine/value.ts";
import { copyTo, type Room } from "./room.ts";

/**
 * A path without slashes in front and at the end, and without `.`: itself, where it is such from some place
 * on, or a copy.
 *
 * @returns Its address, and that of its last name: `.` is the root.
 */
export function cleanPath(
  s: Builder,
  room: Room,
  path: Value,
): { readonly clean: Variable; readonly last: Variable } {
  return s.subroutine("clean path", { parameters: ["path"], results: ["clean", "last"] }, ({
    path,
    clean,
    last,
  }) => {
    const at = s.variable("at", path);
    const skipNothing = (): void =>
      s.loop(({ leave, next }) => {
        skip(s, at, SLASH);
        s.if(at.byte().isNot(DOT), leave);
        s.if(at.byte(1).is(SLASH), () => {
          at.advance();
          next();
        });
        s.if(at.byte(1).is(NUL), () => at.advance());
        leave();
      });
    skipNothing();
    clean.set(at);
    last.set(at);
    s.if(at.byte().is(NUL), () => {
      clean.set(".");
      last.set(clean);
    }, {
      otherwise() {
        const isClean = s.variable("is clean", 1);
        s.loop(({ leave }) => {
          at.set(at.seek(SLASH, NUL));
          s.if(at.byte().is(NUL), leave);
          const name = s.variable("name", at.plus(1));
          const isNothing = any(
            name.byte().isOneOf(SLASH, NUL),
            all(name.byte().is(DOT), name.byte(1).isOneOf(SLASH, NUL)),
          );
          s.if(isNothing, () => {
            isClean.set(0);
            leave();
          });
          last.set(name);
          at.set(name);
        });
        s.if(isClean.is(0), () => {
          const copy = room.take(clean.seek(NUL).minus(clean).plus(1));
          const to = s.variable("to", copy);
          at.set(clean);
          s.loop(({ leave }) => {
            last.set(to);
            const length = s.variable("length", at.seek(SLASH, NUL).minus(at));
            copyTo(to, at, length);
            at.advance(length);
            skipNothing();
            s.if(at.byte().is(NUL), leave);
            s.store(to, SLASH, { bytes: 1 });
            to.advance();
          });
          clean.set(copy);
        });
      },
    });
  })({ path });
}
