/**
 * The place where drop-in lines run: a folder with the programs under their names, a tiny root
 * file system, and one directory per line.
 */

import type { Tool } from "./run_line.ts";

const TOOLS: readonly Tool[] = ["unshare", "nsenter", "lsns", "bwrap"];

/** Programs that the tiny root file system has, with the libraries they need. */
const ROOT_PROGRAMS = ["sh", "cat", "ls", "id", "readlink", "grep", "sleep"];

/** What stands behind the names unshare, nsenter and lsns. */
export type Programs =
  /** A folder with util-linux's programs. */
  | { readonly kind: "folder"; readonly path: string }
  /** The compiled nido, called through symlinks. */
  | { readonly kind: "binary"; readonly path: string }
  /** nido run from source; the tool's name is its command word. */
  | { readonly kind: "source"; readonly command: readonly string[] };

/** A prepared place to run lines in. */
export interface Bench extends Disposable {
  readonly env: Readonly<Record<string, string>>;
  /** @returns a new empty directory (but for the link `root`), owned by `uid` if given. */
  newLineDirectory(uid?: number): string;
}

/** Makes the folder, the names of the programs and the tiny root. */
export function prepareBench(programs: Programs): Bench {
  const base = Deno.makeTempDirSync({ prefix: "nido-drop-in-" });
  // Lines that run as an ordinary user must get through.
  Deno.chmodSync(base, 0o755);
  const bin = `${base}/bin`;
  Deno.mkdirSync(bin);
  for (const tool of TOOLS) nameProgram(`${bin}/${tool}`, tool, programs);
  writeScript(`${bin}/newns`, NEWNS);
  writeScript(`${bin}/name_namespaces`, NAME_NAMESPACES);
  buildRoot(`${base}/root`);
  let lines = 0;
  return {
    env: {
      PATH: `${bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      BIN: bin,
      LC_ALL: "C",
      OUTSIDE: OWN_NAMESPACES.map((kind) => Deno.readLinkSync(`/proc/self/ns/${kind}`)).join(" "),
    },
    newLineDirectory(uid) {
      const dir = `${base}/${++lines}`;
      Deno.mkdirSync(dir);
      Deno.symlinkSync("../root", `${dir}/root`);
      if (uid !== undefined) Deno.chownSync(dir, uid, uid);
      return dir;
    },
    [Symbol.dispose]() {
      removeBase(base);
    },
  };
}

function nameProgram(name: string, tool: Tool, programs: Programs): void {
  switch (programs.kind) {
    case "folder":
      return Deno.symlinkSync(`${Deno.realPathSync(programs.path)}/${tool}`, name);
    case "binary":
      return Deno.symlinkSync(Deno.realPathSync(programs.path), name);
    case "source": {
      const words = [...programs.command, tool].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
      return writeScript(name, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`);
    }
  }
}

const OWN_NAMESPACES = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

/** Prints the kinds of namespaces that are not those the suite itself is in. */
const NEWNS = `#!/bin/sh
for link in $(cd /proc/self/ns && exec readlink ${OWN_NAMESPACES.join(" ")}); do
  case " $OUTSIDE " in
    *" $link "*) ;;
    *) new="$new \${link%%:*}" ;;
  esac
done
set -- $new
echo "\${*:-none}"
`;

/**
 * Copies stdin to stdout with inodes of namespaces replaced by names of the same length, from
 * arguments LABEL:PID. A namespace that several processes are in has the first one's name; those that
 * none of them is in are numbered as they come.
 */
const NAME_NAMESPACES = `#!/bin/sh
script=
for pair; do
  for link in $(cd /proc/\${pair#*:}/ns && readlink ${OWN_NAMESPACES.join(" ")}); do
    name=$(printf %-10s "\${pair%%:*}-\${link%%:*}" | tr " " _)
    inode=\${link#*[}
    script="$script;s/\\\\<\${inode%]}\\\\>/$name/g"
  done
done
sed "\${script#;}" | awk '{
  while (match($0, /402[0-9][0-9][0-9][0-9][0-9][0-9][0-9]/)) {
    inode = substr($0, RSTART, 10)
    if (!(inode in ghosts)) ghosts[inode] = "GHOST-" ++count "___"
    sub(inode, ghosts[inode])
  }
  print
}'
`;

function writeScript(path: string, text: string): void {
  Deno.writeTextFileSync(path, text);
  Deno.chmodSync(path, 0o755);
}

/** Copies a few programs and their libraries, because not every machine has a static shell. */
function buildRoot(root: string): void {
  for (const folder of ["bin", "proc", "sys", "tmp", "etc", "sub/deep"]) {
    Deno.mkdirSync(`${root}/${folder}`, { recursive: true });
  }
  Deno.writeTextFileSync(`${root}/etc/inside`, "the tiny root\n");
  const copied = new Deno.Command("sh", {
    args: ["-euc", COPY_PROGRAMS, "sh", root, ...ROOT_PROGRAMS],
  }).outputSync();
  if (!copied.success) throw new Error(new TextDecoder().decode(copied.stderr));
}

const COPY_PROGRAMS = `
root=$1; shift
for name; do
  path=$(readlink -f "$(command -v "$name")")
  cp "$path" "$root/bin/$name"
  ldd "$path" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$root\${library%/*}"
    cp -L "$library" "$root$library"
  done
done
`;

/** Removes the bench, after whatever a failed line left mounted in it. */
function removeBase(base: string): void {
  const mounts = Deno.readTextFileSync("/proc/self/mountinfo").split("\n")
    .map((line) => line.split(" ")[4] ?? "").filter((point) => point.startsWith(`${base}/`));
  for (const point of mounts.reverse()) {
    new Deno.Command("umount", { args: ["-l", point] }).outputSync();
  }
  const still = Deno.readTextFileSync("/proc/self/mountinfo").includes(` ${base}/`);
  // Removing through a mount would delete what is mounted there.
  if (!still) Deno.removeSync(base, { recursive: true });
}
