/** What is read of a target may be of any length. */
import { assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { NIDO, quote, shell } from "../support/nido.ts";

Deno.test(
  "a control group whose file has a longer path than there may be is refused",
  requires({ root: true, programs: ["unshare"], filesystems: ["cgroup2"] }),
  async () => {
    const { code, stdout, stderr } = await shell(
      `unshare -m sh -c '
         mount -t cgroup2 none /sys/fs/cgroup && cd /sys/fs/cgroup || exit 9
         name=$(printf %0250d 0); top=nido-limits-$$; mkdir $top; cd -P $top
         for i in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do mkdir $name; cd -P $name; done
         mkdir $(printf %050d 0); cd -P $(printf %050d 0)
         sleep 60 & echo $! >cgroup.procs
         ${quote(NIDO)} nsenter -t $! -u --join-cgroup true; status=$?
         kill $!; wait $! 2>/dev/null; cd /sys/fs/cgroup; find $top -depth -type d -exec rmdir {} +
         exit $status'`,
    );
    const message = stderr.replace(/\d+/, "PID");
    assertEquals([code, stdout, message], [
      1,
      "",
      "nsenter: the path of process PID's control group is too long\n",
    ]);
  },
);
