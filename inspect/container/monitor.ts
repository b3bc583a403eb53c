/** What watches a container from outside tells by its arguments which one that is. */
import type { Container } from "./container.ts";

/** The value of an option: `-n NAME`, `--name NAME`, `--name=NAME`. */
function valueOf(args: readonly string[], ...names: readonly string[]): string | undefined {
  for (const [i, arg] of args.entries()) {
    if (names.includes(arg)) return args[i + 1];
    const long = names.find((name) => name.startsWith("--") && arg.startsWith(`${name}=`));
    if (long !== undefined) return arg.slice(long.length + 1);
  }
  return undefined;
}

const known = (
  id: string | undefined,
  name: string | undefined,
): { id?: string; name?: string } => ({
  ...(id ? { id } : {}),
  ...(name ? { name } : {}),
});

/** conmon(8), which podman and CRI-O start for each container. */
function ofConmon(args: readonly string[]): Container {
  const isCrio = /crio/.test(valueOf(args, "--exit-dir") ?? "");
  const names = known(valueOf(args, "-c", "--cid"), valueOf(args, "-n", "--name"));
  return { engine: isCrio ? "cri-o" : "podman", ...names };
}

/** containerd's shim. Where Kubernetes is, one watches all containers of a pod, and its id is that of one of them. */
function ofShim(args: readonly string[]): Container {
  const namespace = valueOf(args, "-namespace", "--namespace");
  const id = namespace === "k8s.io" ? undefined : valueOf(args, "-id", "--id");
  return { engine: namespace === "moby" ? "docker" : "containerd", ...known(id, undefined) };
}

function ofNspawn(args: readonly string[]): Container {
  const short = args.find((arg) => /^-M./.test(arg))?.slice(2);
  const name = valueOf(args, "-M", "--machine") ?? short;
  return { engine: "systemd-nspawn", ...known(undefined, name) };
}

/** lxc-start(1) writes over its arguments: `[lxc monitor] /var/lib/lxc NAME`. */
function ofLxc(args: readonly string[]): Container {
  const written = /^\[lxc monitor\] \S+ (\S+)/.exec(args.join(" "))?.[1];
  return { engine: "lxc", ...known(undefined, written ?? valueOf(args, "-n", "--name")) };
}

/** Whether lxc has added a number to a name for the cgroup, as one of that name was there. */
export const isNumbered = ({ engine, name }: Container): boolean =>
  engine === "lxc" && name !== undefined && /-\d+$/.test(name);

/** What the monitor calls a container, where its cgroup may have more. */
export function unnumbered(container: Container, watched: Container): Container {
  const { engine, name } = watched;
  const isIts = engine === "lxc" && name !== undefined &&
    container.name?.replace(/-\d+$/, "") === name;
  return isIts ? { ...container, name } : container;
}

/** How monitors tell, by the names of their programs. */
function readerOf(comm: string): ((args: readonly string[]) => Container) | undefined {
  if (comm === "conmon") return ofConmon;
  if (comm.startsWith("containerd-shim")) return ofShim;
  if (comm === "systemd-nspawn") return ofNspawn;
  return comm === "lxc-start" || comm.startsWith("[lxc monitor]") ? ofLxc : undefined;
}

/**
 * The container that a process watches, if it is a monitor.
 *
 * @param comm The name of its program: 15 bytes at the most.
 * @param args Gives its arguments, which are the words of whoever started it; undefined: it is not to be asked.
 */
export function monitorOf(
  comm: string,
  args: () => readonly string[] | undefined,
): Container | undefined {
  if (comm === "bwrap") return { engine: "bubblewrap" };
  const reader = readerOf(comm);
  const given = reader && args();
  return reader && given && reader(given);
}
