/**
 * What the tests may do on this machine, which may be a container without some rights: found out by
 * trying, with the system's own programs.
 */

/** Why something cannot be done here. */
export interface Refusal {
  /** What is missing, and why. */
  readonly what: string;
  /** Whether no setup of this machine could bring it. */
  readonly forGood: boolean;
}

/** Ids of the ordinary user whom root's tests become. */
const USER = { uid: 1000, gid: 1000 };

const TRY_MOUNT = ["--mount", "mount", "-n", "-t", "tmpfs", "tmpfs", "/tmp"];
const TRY_USER = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "true"];

/** The capabilities that root's tests need. @see capabilities(7) */
const CAPABILITIES: Readonly<Record<string, number>> = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_SETPCAP: 8,
  CAP_NET_ADMIN: 12,
  CAP_SYS_CHROOT: 18,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_ADMIN: 21,
  CAP_MKNOD: 27,
  CAP_SETFCAP: 31,
};

const status = (): string => Deno.readTextFileSync("/proc/self/status");

const lineOf = (text: string, name: string): string =>
  text.match(new RegExp(`^${name}:\\s*(.*)$`, "m"))?.[1] ?? "";

/** A setting of the kernel, if it has it. */
function setting(name: string): string | undefined {
  try {
    return Deno.readTextFileSync(`/proc/sys/${name}`).trim();
  } catch {
    return undefined;
  }
}

function exists(path: string): boolean {
  try {
    return Boolean(Deno.lstatSync(path));
  } catch {
    return false;
  }
}

/** Runs unshare(1). @returns what it said, if it failed. */
function refusalOf(args: readonly string[], user = {}): string | undefined {
  try {
    const { success, stderr } = new Deno.Command("unshare", {
      args: [...args],
      stdin: "null",
      stdout: "null",
      cwd: "/",
      env: { LC_ALL: "C" },
      ...user,
    }).outputSync();
    return success ? undefined : new TextDecoder().decode(stderr).trim().split("\n")[0]!;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What withholds rights, if it can be seen. */
function keeper(): string | undefined {
  if (lineOf(status(), "Seccomp") === "2") return "a filter of system calls";
  const profile = setting("../self/attr/current") ?? "";
  return profile === "" || profile.startsWith("unconfined") ? undefined : `profile ${profile}`;
}

/** Whether parts of /proc are covered by other mounts. @see mount_namespaces(7) */
const isProcCovered = (): boolean =>
  Deno.readTextFileSync("/proc/self/mountinfo").split("\n")
    .some((line) => /^\/proc\/(?!sys\/fs\/binfmt_misc)/.test(line.split(" ")[4] ?? ""));

/** Why root lacks rights here. */
export function refusalToRoot(): Refusal | undefined {
  const map = Deno.readTextFileSync("/proc/self/uid_map").trim().split(/\s+/).join(" ");
  if (map !== "0 0 4294967295") {
    return { what: "root of the machine, not of a user namespace", forGood: true };
  }
  const effective = BigInt(`0x${lineOf(status(), "CapEff")}`);
  const missing = Object.keys(CAPABILITIES)
    .filter((name) => !(effective >> BigInt(CAPABILITIES[name]!) & 1n));
  if (missing.length > 0) {
    return { what: `root with ${missing.join(", ")}: it is kept back here`, forGood: true };
  }
  const said = refusalOf(TRY_MOUNT);
  if (said === undefined) return undefined;
  return { what: `root that may mount: ${keeper() ?? said} forbids it`, forGood: true };
}

/** Why an ordinary user, or root, cannot make user namespaces here, with a new /proc in them. */
export function refusalOfUserNamespaces(): Refusal | undefined {
  const said = refusalOf(TRY_USER) ?? (Deno.uid() === 0 ? refusalOf(TRY_USER, USER) : undefined);
  if (said === undefined) return undefined;
  const what = "user namespaces";
  if (!exists("/proc/self/ns/user")) {
    return { what: `${what}: this kernel has none`, forGood: true };
  }
  for (
    const [name, off] of [
      ["user/max_user_namespaces", "0"],
      ["kernel/unprivileged_userns_clone", "0"],
      ["kernel/apparmor_restrict_unprivileged_userns", "1"],
    ] as const
  ) {
    if (setting(name) === off) {
      return { what: `${what}: /proc/sys/${name} is ${off}`, forGood: false };
    }
  }
  const kept = keeper();
  if (kept !== undefined) return { what: `${what}: ${kept} forbids them`, forGood: true };
  if (isProcCovered()) {
    return { what: `${what} with a new /proc: parts of /proc are covered`, forGood: true };
  }
  return { what: `${what}: ${said}`, forGood: false };
}
