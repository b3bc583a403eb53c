/** From what the options of bwrap say to the spec of a launch. */
import { __NEW_UTS_LEN } from "../../ffi/abi/utsname.ts";
import { EINVAL, errnoText } from "../../ffi/abi/errno.ts";
import { encode } from "../../ffi/bytes.ts";
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { fieldOf, type Refusal } from "../../launch/request/spec.ts";
import type { LaunchSpec } from "../../launch/spec.ts";
import { UsageError } from "../getopt.ts";

/** The fields as options set them: all may be missing. */
type Said = Partial<LaunchSpec>;

/** What cannot be, in the order in which it is looked for. */
export const REFUSALS: readonly Refusal[] = [
  {
    message: "--userns-block-fd requires --unshare-user",
    given: "usernsBlockFd",
    createsNo: "user",
  },
  { message: "--userns-block-fd requires --info-fd", given: "usernsBlockFd", lacks: "infoFd" },
  {
    message: "--userns is not compatible with --unshare-user",
    given: "join.descriptors.user",
    creates: "user",
  },
  {
    message: "--userns is not compatible with --unshare-user-try",
    given: "join.descriptors.user",
    tries: "user",
  },
  {
    message: "--disable-userns requires --unshare-user",
    given: "disableUserns",
    createsNo: "user",
  },
  {
    message: "--disable-userns is not compatible with --userns-block-fd",
    given: "disableUserns",
    also: "usernsBlockFd",
  },
  { message: "--userns2 requires --userns", given: "userns2", lacks: "join.descriptors.user" },
  {
    message: "--netns is not compatible with --unshare-net",
    given: "join.descriptors.net",
    creates: "net",
  },
  {
    message: "Specifying --hostname requires --unshare-uts",
    given: "hostname",
    createsNo: "uts",
    later: true,
  },
  {
    message: "Specifying --as-pid-1 requires --unshare-pid",
    given: "init",
    createsNo: "pid",
    later: true,
  },
  {
    message: "Specifying --as-pid-1 and --lock-file is not permitted",
    given: "init",
    also: "lockFiles",
    later: true,
  },
];

const typesOf = ({ namespaces }: Said): readonly NamespaceType[] =>
  namespaces as readonly NamespaceType[];

const creates = (said: Said, type: NamespaceType): boolean => typesOf(said).includes(type);

const joins = ({ join }: Said, type: NamespaceType): boolean =>
  join?.descriptors?.[type] !== undefined;

function holds(said: Said, refusal: Refusal): boolean {
  const { given, also, lacks, creates: type, createsNo, tries } = refusal;
  return [given, also].every((field) => !field || fieldOf(said, field) !== undefined) &&
    (!lacks || fieldOf(said, lacks) === undefined) &&
    (!type || creates(said, type)) && (!createsNo || !creates(said, createsNo)) &&
    (!tries || (said.tryNamespaces ?? []).includes(tries));
}

/** What a launch has whatever the options say. */
export const START: Said = { namespaces: ["mnt"], newRoot: [] };

/** Refuses what cannot be together. @throws {UsageError} */
export function refuseTogether(said: Said, hasProgram: boolean): void {
  const all = REFUSALS.filter(({ later }) => hasProgram || !later);
  const refused = all.find((refusal) => holds(said, refusal));
  if (refused) throw new UsageError(refused.message);
  const { hostname } = said;
  if (hasProgram && typeof hostname === "string" && encode(hostname).length > __NEW_UTS_LEN) {
    throw new UsageError(`Can't set hostname to ${hostname}: ${errnoText(EINVAL)}`);
  }
}

/** What follows from what the options say. */
export function impliedBy(said: Said): Said {
  const { mapUser, mapGroup, ...rest } = said;
  const isUserJoined = joins(said, "user");
  const ids = isUserJoined
    ? { ...defined("setuid", mapUser), ...defined("setgid", mapGroup) }
    : said.usernsBlockFd === undefined
    ? { mapUser: mapUser ?? "current", mapGroup: mapGroup ?? "current" }
    : {};
  return {
    ...rest,
    ...ids as Said,
    fork: true,
    noNewPrivs: true,
    rootless: true,
    exitsAsShell: true,
    init: said.init !== false,
    keepWd: true,
    ...(said.forwardSignals ? {} : { interruptible: true }),
    ...(creates(said, "net") ? { loopback: true } : {}),
  };
}

const defined = (name: string, value: unknown): object =>
  value === undefined ? {} : { [name]: value };
