/** What can be wrong with user namespaces beside the new one. */
import type { Problem } from "../errors.ts";
import { isParameter, knownOf } from "../parameter.ts";
import type { OpenSpec } from "../spec.ts";

/** What needs others, or excludes them. */
export function nestedProblems(spec: OpenSpec): Problem[] {
  const { disableUserns, usernsBlockFd, userns2, namespaces, join } = spec;
  const problems: Problem[] = [];
  const problem = (path: string, message: string): void => void problems.push({ path, message });
  const isKnown = !isParameter(namespaces) && (spec.rootless ?? spec.tryNamespaces) === undefined;
  const hasNone = isKnown && !knownOf(namespaces).includes("user");
  const excludes = (path: "disableUserns" | "usernsBlockFd", other: keyof OpenSpec): void => {
    if (spec[other] !== undefined) problem(path, `${path} and ${other} exclude each other`);
  };
  if (disableUserns) {
    if (hasNone) problem("disableUserns", "disableUserns: needs a new user namespace");
    excludes("disableUserns", "mapUsers");
    excludes("disableUserns", "mapGroups");
  }
  for (const [path, fd] of Object.entries({ usernsBlockFd, userns2 })) {
    if (fd === undefined || isParameter(fd) || Number.isInteger(fd) && fd >= 0 && fd < 2 ** 31) {
      continue;
    }
    problem(path, `${path}: not a descriptor: ${fd}`);
  }
  if (usernsBlockFd !== undefined) {
    if (hasNone) problem("usernsBlockFd", "usernsBlockFd: needs a new user namespace");
    if (spec.infoFd === undefined) {
      problem(
        "usernsBlockFd",
        "usernsBlockFd: who maps ids needs to be told the PID: needs infoFd",
      );
    }
    excludes("usernsBlockFd", "disableUserns");
    excludes("usernsBlockFd", "mapUsers");
    excludes("usernsBlockFd", "mapGroups");
  }
  if (userns2 !== undefined && join?.descriptors?.user === undefined) {
    problem("userns2", "userns2: needs join.descriptors.user, of which it is a descendant");
  }
  return problems;
}
