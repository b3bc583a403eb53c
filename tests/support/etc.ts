/** Scripts in a mount namespace with an /etc of their own, where they may change what they like. */
import { quote } from "./nido.ts";

/** A script for sh that runs another as root there. @param script "$1" is a folder of its own. */
export function inOwnEtc(script: string): string {
  const inside = `set -e; mount -t tmpfs tmpfs "$1"; chmod 755 "$1"; cp -a /etc "$1/etc"
    mount --bind "$1/etc" /etc; set +e
    ${script}`;
  return `d=$(mktemp -d --tmpdir nido-etc-XXXXXX) || exit; ${
    quote(["unshare", "-m", "sh", "-c", inside, "sh"])
  } "$d"; status=$?; rmdir "$d"; exit $status`;
}
