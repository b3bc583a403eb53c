/**
 * A PID namespace without a /proc of its own, or a /proc without its PID namespace: what ps shows there
 * is not what kill takes.
 *
 * @see pid_namespaces(7)
 */
import { all, any, not, type When } from "../../engine/condition.ts";
import { type Message, words } from "../../engine/failure.ts";
import type { Variable } from "../../engine/value.ts";
import type { Context } from "../context.ts";
import { isJoining, mayJoin } from "../join/asked.ts";
import { TargetPid } from "../join/target_pid.ts";
import { option } from "../option.ts";
import { inodeAt } from "../proc/inode.ts";
import { findOthersNumbers } from "../proc/own_proc.ts";
import { hint, ifSeen } from "./hinted.ts";
import { isAboutProcesses } from "./typed.ts";

const NOTE = "say what will be odd";

/** Says so beforehand, if a person sees it. The process is where the program will be. */
export function warnOfHalf(context: Context): void {
  const { s, spec, starter, request } = context;
  if (!starter.warns) return;
  const joins = isJoining(context);
  const [pid, mnt] = (["pid", "mnt"] as const).map((type) => all(joins, mayJoin(context, type)));
  const isNew = all(
    not(joins),
    request.includes(spec.namespaces, "pid"),
    request.isGiven(spec.fork),
    // Who asks for one may mount a proc there.
    not(request.includes(spec.namespaces, "mnt")),
  );
  const cases: readonly [when: When, tell: (columns: Variable) => void][] = [
    [isNew, (columns) => hint(context, outside(words`add --mount-proc`), columns, NOTE)],
    [all(pid!, not(mnt!)), (columns) => sayOutside(context, columns)],
    [all(mnt!, not(pid!)), (columns) => hint(context, INSIDE, columns, NOTE)],
  ];
  const mayBe = any(...cases.map(([when]) => when));
  s.if(mayBe, () => {
    s.if(isAboutProcesses(context), () => {
      ifSeen(s, (columns) => {
        const isForeign = s.variable("proc is foreign", 0);
        findOthersNumbers(s, isForeign);
        s.if(isForeign.is(1), () => {
          for (const [when, tell] of cases) s.if(when, () => tell(columns));
        }, { when: "if it has others" });
      });
    });
  });
}

const outside = (remedy: Message): Message =>
  words`ps and /proc show PIDs outside this PID namespace, but kill takes those inside: ${remedy}`;

const INSIDE =
  words`ps and /proc show PIDs of another PID namespace, but kill takes those of yours: add ${
    option("join.namespaces.pid", undefined, "letter")
  }`;

const BY_HAND = words`put 'unshare --mount-proc' in front of the program`;

/** The target's /proc is entered with its mount namespace, unless that is the caller's, too. */
function sayOutside(context: Context, columns: Variable): void {
  const { s } = context;
  const target = new TargetPid(context);
  const isElsewhere = s.variable("is elsewhere", 0);
  s.if(target.isGiven, () => {
    s.block(({ leave }) => {
      const note = "has the target a mount namespace of its own?";
      const own = inodeAt(s, "/proc/self/ns/mnt", note, { fails: leave });
      const theirs = inodeAt(s, target.path("ns/mnt"), note, { fails: leave });
      s.if(theirs.isNot(own), () => isElsewhere.set(1));
    });
  });
  const add = option("join.namespaces.mnt", undefined, "letter");
  s.if(isElsewhere.is(1), () => hint(context, outside(words`add ${add}`), columns, NOTE), {
    when: "if it has",
    otherwise: () =>
      s.block(() => hint(context, outside(BY_HAND), columns, NOTE), { when: "if it has not" }),
  });
}
