/**
 * Looks, as data: tests that run after a failure to find its cause. Of those at a file that cannot be read
 * only `absent` succeeds.
 */
import type { Bytes } from "../ffi/bytes.ts";
import type { Look } from "./failure.ts";

/** What is asked of a file. */
export const ASKED = { contains: 0, lacks: 1, starts: 2, exists: 3, absent: 4 } as const;

/** @param kind What finds the file by its path, as seesFile() in failure/look_steps.ts does. */
export const fileLook = (
  asked: keyof typeof ASKED,
  path: Bytes,
  text: Bytes = "",
  kind = "file",
): Look => ({ kind, given: [path, text, ASKED[asked]] });

/** A file contains this text. */
export const contains = (path: Bytes, text: Bytes): Look => fileLook("contains", path, text);

/** A file does not contain it. */
export const lacks = (path: Bytes, text: Bytes): Look => fileLook("lacks", path, text);

/** A file starts with it. */
export const starts = (path: Bytes, text: Bytes): Look => fileLook("starts", path, text);

/** A file is there, and may be read. */
export const exists = (path: Bytes): Look => fileLook("exists", path);

/** A file is not there, or may not be read. */
export const absent = (path: Bytes): Look => fileLook("absent", path);

/** Two links, such as /proc/PID/ns/mnt, have the same target. */
export const sameLink = (one: Bytes, other: Bytes): Look => ({
  kind: "same link",
  given: [one, other],
});

/** A capability is not in the effective set. @param capability Below 32: see capabilities(7). */
export const lacksCapability = (capability: number): Look => ({
  kind: "lacks capability",
  given: [capability],
});

/** The calls that a look can ask a seccomp filter about. */
export type Filtered = "unshare" | "setns" | "mount" | "pidfd_open";

/**
 * A seccomp(2) filter refuses a call. The look makes the call with arguments that the kernel always refuses
 * with another error: the filter answers first.
 *
 * @param flags Of unshare(2) and setns(2): CLONE_NEW*.
 */
export const refusedByFilter = (syscall: Filtered, flags = 0): Look => ({
  kind: `filter: ${syscall}`,
  // No namespace has this bit, and so the kernel refuses all with EINVAL.
  given: [flags | 1],
});

// The steps
