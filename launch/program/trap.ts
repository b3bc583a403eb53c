/**
 * A shell as first process of a PID namespace that it is not in itself: its first command is PID 1, and
 * once that has ended the kernel starts no other.
 *
 * @see pid_namespaces(7)
 */
import { all, not } from "../../engine/condition.ts";
import { words } from "../../engine/failure.ts";
import type { Start } from "../context.ts";
import { isJoining } from "../join/asked.ts";
import { hint, ifSeen } from "./hinted.ts";
import { isTypedInto } from "./typed.ts";

const TEXT =
  words`without --fork only this shell's first command gets a PID (it is PID 1 there); once it has ended, every further one fails with "Cannot allocate memory"`;

/** Says so beforehand, if a person sees it. */
export function warnOfTrap(start: Start): void {
  const { s, spec, starter, request } = start;
  if (!starter.warns) return;
  const mayBe = all(
    not(isJoining(start)),
    request.includes(spec.namespaces, "pid"),
    not(request.isGiven(spec.fork)),
  );
  s.if(mayBe, () => {
    s.if(isTypedInto(start), () => {
      ifSeen(s, (columns) => hint(start, TEXT, columns, "say that one command is all"));
    });
  });
}
