/** Whether the program's process begins in its waiter's memory. @see vfork(2) */
import { all, any, not, type When } from "../../engine/condition.ts";
import type { Context } from "../context.ts";
import { changesIds } from "../credentials/steps.ts";
import type { Nested } from "../ids/nested.ts";
import { hasInit } from "../init/asked.ts";
import { isJoining } from "../join/asked.ts";
import { joinsDescriptors } from "../join/descriptors.ts";

/**
 * The waiter stops until the program is executed. So what its child awaits must not come from it, nor from
 * who is told by it, and no signals to be passed on, which may be to end a launch that hangs. Who shares its
 * memory makes no user namespace. And no other process may get at that memory through the child: not those in
 * namespaces that are joined, of a user that it becomes, or with the capabilities that are left to it, unless
 * it is hidden. Who listens is told its PID when the waiter goes on, as the kernel still makes the program:
 * that has the launcher's name and environment then. Linux before 6.2 refuses a child in another time
 * namespace that memory.
 *
 * @param isGated Whether the child waits for a word of the waiter, or for what that makes.
 */
export function sharesMemory(context: Context, nested: Nested, isGated: When): When {
  const { spec, request, starter: { listens = false } } = context;
  const isAny = (...options: readonly unknown[]): When =>
    any(...options.map((option) => request.isGiven(option)));
  return not(any(
    listens,
    isGated,
    isAny(spec.infoFd, spec.statusFd, spec.blockFd, spec.usernsBlockFd, spec.forwardSignals),
    isAny(spec.disableUserns, spec.assertUsernsDisabled),
    nested.isAsked,
    hasInit(context),
    request.includes(spec.namespaces, "time"),
    isJoining(context),
    joinsDescriptors(context),
    changesIds(context),
    all(isAny(spec.capabilities, spec.rootless), not(isAny(spec.newRoot))),
  ));
}
