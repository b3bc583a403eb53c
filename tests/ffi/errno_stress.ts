/**
 * Many calls that must fail, each with the errno that is its own, while V8 collects garbage
 * and other threads fail with other errors. Prints what was counted, as JSON.
 *
 *     deno run --allow-ffi --v8-flags=--expose-gc tests/ffi/errno_stress.ts CALLS BATCHES
 */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { EBADF, EINVAL, ENOENT } from "../../ffi/abi/errno.ts";
import { cString, syscall, syscallElsewhere } from "../../ffi/syscall.ts";

const [calls, batches] = Deno.args.map(Number) as [number, number];
const gc = (globalThis as { gc?: () => void }).gc;
if (!gc) throw new Error("Cannot collect garbage: --v8-flags=--expose-gc is missing");

/** Three errors in turn, so that one of the call before would be seen; the last takes memory. */
const FAIL = [
  () => syscall("close", -1) === -EBADF,
  () => syscall("unshare", 1) === -EINVAL,
  () => syscall("openat", AT_FDCWD, cString("/does/not/exist"), 0, 0) === -ENOENT,
] as const;

const counted = { here: 0, elsewhere: 0, wrong: 0, collections: 0 };

/** Calls on other threads: they fail at the same time as those here. */
async function failElsewhere(): Promise<void> {
  for (let batch = 0; batch < batches; batch++) {
    const results = await Promise.all(
      Array.from(
        { length: 300 },
        (_, i) =>
          i % 2 === 0
            ? syscallElsewhere("close", -1).then((result) => result === -EBADF)
            : syscallElsewhere("openat", AT_FDCWD, cString("/not/there"), 0, 0)
              .then((result) => result === -ENOENT),
      ),
    );
    counted.elsewhere += results.length;
    counted.wrong += results.filter((right) => !right).length;
  }
}

async function failHere(): Promise<void> {
  let garbage: unknown[] = [];
  for (let i = 0; i < calls; i++) {
    if (!FAIL[i % 3]!()) counted.wrong++;
    counted.here++;
    if (i % 100 === 0) garbage.push({ i, bytes: new Uint8Array(1000), text: `garbage ${i}` });
    if (i % 3000 === 0) {
      garbage = [];
      gc!();
      counted.collections++;
      // The other threads' results come in here.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
}

await Promise.all([failHere(), failElsewhere()]);
console.log(JSON.stringify(counted));
