/** Where the lines are typed: a shell on a terminal of its own, in namespaces that end with it. */
import { SIGNALS } from "../../ffi/abi/signal.ts";
import { Pty, type Size } from "../../ffi/pty.ts";
import { syscall } from "../../ffi/syscall.ts";
import { asChild } from "../../launch/child.ts";
import { compileFor } from "../../launch/compile.ts";
import { blockedSignals, startImage } from "../../launch/run/clone.ts";
import { readAccounts, readRestore } from "../../launch/run/facts.ts";
import { waitFor } from "../../launch/run/reaper.ts";
import { childrenOf } from "./processes.ts";
import { variable } from "../environment.ts";
import { OPTION_WORDS } from "../option_words.ts";

/** Who learns: what the shell may be depends on it. */
export interface Learner {
  readonly uid: number;
  readonly gid: number;
  /** Whether namespaces need no user namespace. */
  readonly isPrivileged: boolean;
}

/** In front of a prompt, with the depth of the shell behind it: a terminal shows nothing of it. */
export const MARK = "\x1b]7770;";

/**
 * Before each prompt, in inner shells too, whatever their start files say. What was typed before it is dropped: it
 * would run, or skip, a line that nobody has read.
 */
const PROMPT =
  `while read -rsn1 -t.001; do :; done; PS1='\\[${MARK}'$SHLVL'\\a\\]'; [ $SHLVL -gt 1 ] && PS1+='# ' || PS1+='$ '`
    .replaceAll(MARK, "\\e]7770;");

/** Where the shell's files are, in memory: the first that hides nothing that is needed. */
const PLACES = ["/mnt", "/media", "/srv", "/opt"];

/**
 * What PID 1 does. The shell is its child, so that it has an ordinary PID; numbers begin where they look
 * like those of a machine, if the kernel allows it.
 */
const START = `
exec </proc/self/fd/0 >/proc/self/fd/0 2>&1
mount -t tmpfs -o mode=755 learn "$LEARN_AT" && cd "$LEARN_AT" && mkdir bin me && chmod 777 me || exit
case $LEARN_NIDO in
  */cli.ts)
    mkdir nido && mount --bind "\${LEARN_NIDO%/cli.ts}" nido || exit
    printf '#!/bin/sh\\nexec "%s/nido/dev" nido "$@"\\n' "$LEARN_AT" >bin/nido
    chmod 755 bin/nido ;;
  *) : >bin/nido; mount --bind "$LEARN_NIDO" bin/nido || exit ;;
esac
[ ! -d /dev/shm ] || mount -t tmpfs -o mode=1777 learn /dev/shm || exit
cd me || exit
echo "$LEARN_PID" 2>/dev/null >/proc/sys/kernel/ns_last_pid
set -- bash --norc --noprofile -i
[ -z "$LEARN_AS" ] || set -- nido unshare $LEARN_AS "$@"
unset LEARN_AT LEARN_NIDO LEARN_AS LEARN_PID BASH_ENV
SHLVL=0 "$@"
exit`;

/** The ordinary user that root becomes: who has called sudo(8), or the first one. */
function ordinaryUser(): { uid: number; gid: number } {
  const [uid, gid] = [variable("SUDO_UID"), variable("SUDO_GID")].map(Number);
  if (uid && gid) return { uid, gid };
  const nobody = { uid: 65534, gid: 65534 };
  return readAccounts().find((one) => one.uid >= 1000 && one.uid < 65534) ?? nobody;
}

/** Options of `nido unshare` that make the shell that of an ordinary user, or leave it as it is. */
function becoming(user: boolean, { uid, gid, isPrivileged }: Learner): string {
  if (!user) return "";
  // In the user namespace of the session, the learner is root.
  if (!isPrivileged) return `--user --map-user=${uid} --map-group=${gid}`;
  const ordinary = ordinaryUser();
  return `--setuid ${ordinary.uid} --setgid ${ordinary.gid}`;
}

/** A shell, and all that is started from it. */
export class Session {
  readonly pty: Pty;
  readonly #pid: number;
  readonly #pidfd: number;
  readonly #ended: Promise<unknown>;

  /**
   * @param nido The program, or its cli.ts.
   * @throws {SyscallError}
   */
  constructor(user: boolean, learner: Learner, nido: string, size: Size) {
    this.pty = new Pty(size);
    const at = PLACES.find((place) => !nido.startsWith(`${place}/`) && isDirectory(place));
    const path = `${at}/bin:${variable("PATH") ?? "/usr/bin:/bin"}:/usr/sbin:/sbin`;
    const plan = compileFor({
      name: "nido learn",
      program: "bash",
      argv: ["bash", "--norc", "-c", START],
      namespaces: ["mnt", "pid", ...learner.isPrivileged ? [] : ["user" as const]],
      ...learner.isPrivileged ? {} : { mapUser: 0, mapGroup: 0 },
      fork: true,
      dieWithParent: true,
      setsid: true,
      mountProc: "/proc",
      env: {
        PATH: path,
        HOME: `${at}/me`,
        SHELL: "/bin/bash",
        PROMPT_COMMAND: PROMPT,
        BASH_ENV: "",
        LEARN_AT: at ?? "/mnt",
        LEARN_NIDO: nido,
        LEARN_AS: becoming(user, learner),
        LEARN_PID: "4000",
        ...denoVariables(nido),
      },
    }, { front: OPTION_WORDS });
    const child = asChild(plan, blockedSignals(), readRestore());
    const descriptors = new Map([0, 1, 2].map((fd) => [fd, this.pty.peer]));
    const { pid, pidfd } = startImage(child, 0, descriptors);
    this.pty.closePeer();
    [this.#pid, this.#pidfd] = [pid, pidfd];
    this.#ended = waitFor(pidfd).finally(() => syscall("close", pidfd));
  }

  /** The PID of the shell, here; undefined before it has started and when it has ended. */
  get shell(): number | undefined {
    const [first] = childrenOf(this.#pid);
    return first === undefined ? undefined : childrenOf(first)[0];
  }

  /** Ends it. All its processes are dead then, and so its mounts, files and other namespaces are gone. */
  async end(): Promise<void> {
    // The kernel ends a PID namespace with its PID 1, and the waiter has its status after that.
    const [first] = childrenOf(this.#pid);
    if (first !== undefined) syscall("kill", first, SIGNALS.SIGKILL);
    else syscall("pidfd_send_signal", this.#pidfd, SIGNALS.SIGKILL, 0, 0);
    await this.#ended;
    this.pty.close();
  }
}

/** Deno's files are where they were, for a nido that runs from source. */
function denoVariables(nido: string): Record<string, string> {
  if (!nido.endsWith("/cli.ts")) return {};
  const home = variable("HOME");
  const folder = variable("DENO_DIR") ?? (home === undefined ? undefined : `${home}/.cache/deno`);
  return { DENO: Deno.execPath(), ...folder === undefined ? {} : { DENO_DIR: folder } };
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
