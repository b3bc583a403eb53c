/** From what the options of bwrap say to the spec of a launch. */
import { EINVAL, errnoText } from "../../ffi/abi/errno.ts";
import { encode } from "../../ffi/bytes.ts";
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { LaunchSpec } from "../../launch/spec.ts";
import { UsageError } from "../getopt.ts";

/** The fields as options set them: all may be missing. */
type Said = Partial<LaunchSpec>;

/** The most bytes of a host name. @see sethostname(2) */
const MOST_HOSTNAME = 64;

/** How something is refused, and when. */
type Refusal = readonly [
  message: string | ((said: Said) => string),
  is: (said: Said) => boolean,
];

/** What cannot be, and how that is said; in the order in which it is looked for. */
const REFUSALS: readonly Refusal[] = [
  [
    "--userns-block-fd requires --unshare-user",
    (said) => said.usernsBlockFd !== undefined && !creates(said, "user"),
  ],
  [
    "--userns-block-fd requires --info-fd",
    ({ usernsBlockFd, infoFd }) => usernsBlockFd !== undefined && infoFd === undefined,
  ],
  [
    "--userns is not compatible with --unshare-user",
    (said) => joins(said, "user") && creates(said, "user"),
  ],
  [
    "--userns is not compatible with --unshare-user-try",
    (said) => joins(said, "user") && (said.tryNamespaces ?? []).includes("user"),
  ],
  [
    "--disable-userns requires --unshare-user",
    (said) => said.disableUserns === true && !creates(said, "user"),
  ],
  [
    "--disable-userns is not compatible with --userns-block-fd",
    ({ disableUserns, usernsBlockFd }) => disableUserns === true && usernsBlockFd !== undefined,
  ],
  [
    "--userns2 requires --userns",
    (said) => said.userns2 !== undefined && !joins(said, "user"),
  ],
  [
    "--netns is not compatible with --unshare-net",
    (said) => joins(said, "net") && creates(said, "net"),
  ],
];

/** The same, but only if there is a program. */
const LATER_REFUSALS: readonly Refusal[] = [
  [
    "Specifying --hostname requires --unshare-uts",
    (said) => said.hostname !== undefined && !creates(said, "uts"),
  ],
  [
    "Specifying --as-pid-1 requires --unshare-pid",
    (said) => said.init === false && !creates(said, "pid"),
  ],
  [
    "Specifying --as-pid-1 and --lock-file is not permitted",
    (said) => said.init === false && said.lockFiles !== undefined,
  ],
  [
    ({ hostname }) => `Can't set hostname to ${hostname}: ${errnoText(EINVAL)}`,
    ({ hostname }) => typeof hostname === "string" && encode(hostname).length > MOST_HOSTNAME,
  ],
];

const typesOf = ({ namespaces }: Said): readonly NamespaceType[] =>
  namespaces as readonly NamespaceType[];

const creates = (said: Said, type: NamespaceType): boolean => typesOf(said).includes(type);

const joins = ({ join }: Said, type: NamespaceType): boolean =>
  join?.descriptors?.[type] !== undefined;

function refuseIn(refusals: readonly Refusal[], said: Said): void {
  for (const [message, is] of refusals) {
    if (is(said)) throw new UsageError(typeof message === "string" ? message : message(said));
  }
}

/** What a launch has whatever the options say. */
export const START: Said = { namespaces: ["mnt"], newRoot: [] };

/** Refuses what cannot be together. @throws {UsageError} */
export function refuseTogether(said: Said, hasProgram: boolean): void {
  refuseIn(REFUSALS, said);
  if (hasProgram) refuseIn(LATER_REFUSALS, said);
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
