/**
 * Linux namespaces: create them, run programs in them, know which is which.
 *
 * {@linkcode Command} is what `Deno.Command` is, in namespaces.
 *
 * A **launch** is data. A **spec** says what is asked for: namespaces, a program, how the program
 * finds itself in them. {@linkcode compile} makes a **plan** of it: an ordered list of **steps**,
 * each a system call with its **operands** (a number, a string, the result of an earlier step), a
 * note in plain words, and what to do if it fails. Making a plan is pure: it needs no permission
 * and looks at nothing but its arguments. A {@linkcode Plan} is printed by
 * {@linkcode planText} and {@linkcode printedSteps}, run by {@linkcode clone} and {@linkcode Command},
 * and kept by {@linkcode freeze} as a static ELF executable of 15 to 90 KiB. Running or kept, its
 * steps are taken by the **interpreter**, some 1,200 bytes of machine code that does nothing else, so
 * that neither JavaScript nor a C library runs where there must be none.
 *
 * What exists already is looked at by {@linkcode listNamespaces}, {@linkcode holders},
 * {@linkcode processTree}, {@linkcode namespacesOf}, {@linkcode pidsOf}, {@linkcode translatePid}
 * and {@linkcode idMaps}; {@linkcode watch} tells what comes and goes. Their numbers are those that the caller's /proc shows.
 *
 * Where a launch is refused, {@linkcode probe} tells what works here, and what refuses the rest.
 *
 * Beside launches there are the bare system calls, {@linkcode unshare}, {@linkcode setns},
 * {@linkcode mount} and so on, with the kernel's constants. They change the thread that calls
 * them: what that means for a process of several threads, as Deno is, each one says first.
 *
 * Linux on x86-64 and aarch64, Deno 2.4 or newer; plans are made, printed and kept on any system.
 * What is needed of Deno's permissions; `/proc` is read by system calls:
 *
 * | permissions | for |
 * | --- | --- |
 * | none | {@linkcode compile}, {@linkcode freeze}, {@linkcode planText}, {@linkcode printedSteps}; `Command.freeze()` |
 * | `--allow-ffi` | {@linkcode clone}, {@linkcode probe}; {@linkcode holders}, {@linkcode idMaps}, {@linkcode listNamespaces}, {@linkcode namespacesOf}, {@linkcode pidsOf}, {@linkcode processTree}, {@linkcode translatePid}, {@linkcode watch}; the bare system calls; `Command.plan()` |
 * | `--allow-ffi --allow-run` | {@linkcode Command}: `output()`, `outputSync()`, `spawn()` |
 * | `--allow-import=HOST` | the import itself, from a host that `deno run --help=full` does not name for that option |
 *
 * Both `--allow-ffi` and `--allow-run` without lists, and each of the two is full trust: a script that
 * may call the C library, or start any program, can do all that its user can, whatever else Deno
 * denies it.
 *
 * When not to use this: to keep out an attacker without knowing what namespaces do not separate.
 * nido builds what it is told to; the policy is the caller's.
 *
 * Parts of it have doors of their own, which load less: `@nido/nido/command`, `@nido/nido/inspect`
 * and `@nido/nido/primitives`.
 *
 * @module
 *
 * @example A shell that is PID 1, on a host of its own, for any user
 * ```ts
 * import { Command } from "@nido/nido";
 *
 * const { code } = await new Command("sh", {
 *   args: ["-c", 'test "$$" = 1 && test "$(hostname)" = nest'],
 *   namespaces: ["user", "pid", "mnt", "uts"],
 *   mapRootUser: true,
 *   mountProc: true,
 *   hostname: "nest",
 * }).output();
 * if (code !== 0) throw new Error(`Cannot be: exit status ${code}`);
 * ```
 *
 * @example A shell command that is PID 1 in a PID namespace of its own, for any user
 * ```ts
 * import { clone, compile, type LaunchSpec, planText } from "@nido/nido";
 *
 * const spec: LaunchSpec = {
 *   name: "example",
 *   program: "sh",
 *   argv: ["sh", "-c", 'test "$$" = 1 && test "$(id -u)" = 0'],
 *   namespaces: ["user", "pid", "mnt"],
 *   mapUser: 0,
 *   mapGroup: 0,
 *   fork: true,
 *   mountProc: "/proc",
 * };
 * const plan = compile(spec);
 * console.log(planText(plan)); // every system call, and what it is for
 *
 * await using child = clone(plan);
 * const { code } = await child.status;
 * if (code !== 0) throw new Error(`Cannot be: exit status ${code}`);
 * ```
 */

import "./ffi/deno.ts";

export * from "./command/mod.ts";
export * from "./inspect/mod.ts";
export * from "./ffi/primitives/mod.ts";

export { clone, type ClonedProcess, type CloneOptions } from "./launch/run/clone.ts";
export { probe, type Probed } from "./launch/run/probe.ts";
export type { ProbeResult, Verdict } from "./launch/probe/result.ts";
export type { ProbeGroup } from "./launch/probe/probe.ts";
export type { MachineFacts } from "./launch/probe/machine_facts.ts";
export { compile, freeze, planText, printedSteps } from "./launch/plan.ts";
export type { PrintedStep } from "./engine/print.ts";
