/** Standard input, output and error of a program. */

/** The options of `Deno.Command` that are passed through. */
export interface Streams {
  /** Whether the launcher may outlive this process. */
  readonly detached?: boolean;
  readonly stdin?: "piped" | "inherit" | "null";
  readonly stdout?: "piped" | "inherit" | "null";
  readonly stderr?: "piped" | "inherit" | "null";
}

type Output = "stdout" | "stderr";

/** A stream of a child; undefined unless it is piped. */
export function pipedStream(
  child: Deno.ChildProcess,
  name: Output,
): ReadableStream<Uint8Array<ArrayBuffer>> | undefined {
  try {
    return child[name];
  } catch {
    return undefined;
  }
}

/** Throws Deno's own error for a stream that is not piped. */
function notPiped(child: Deno.ChildProcess, name: Output): never {
  throw new TypeError(`${name} of process ${child.pid} is not piped`, { cause: child[name] });
}

/** The first buffer, in bytes: most programs write less. */
const FIRST_BYTES = 4096;

/**
 * Collects a stream into one buffer, which grows when it is full. Deno's own collectors allocate 64 KiB for
 * each read, which shows in thousands of launches.
 */
async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!stream) return undefined;
  const reader = stream.getReader({ mode: "byob" });
  let bytes = new Uint8Array(FIRST_BYTES);
  let length = 0;
  while (true) {
    const { value, done } = await reader.read(bytes.subarray(length));
    // A cancelled read does not give its buffer back.
    if (done) return value ? new Uint8Array(value.buffer).slice(0, length) : new Uint8Array();
    length += value.length;
    bytes = new Uint8Array(value.buffer);
    if (length < bytes.length) continue;
    const larger = new Uint8Array(2 * length);
    larger.set(bytes);
    bytes = larger;
  }
}

/** Waits for the end of a program, and for all that it writes to piped streams. */
export async function outputOf(
  child: Deno.ChildProcess,
  status: Promise<Deno.CommandStatus>,
): Promise<Deno.CommandOutput> {
  const [{ success, code, signal }, stdout, stderr] = await Promise.all([
    status,
    collect(pipedStream(child, "stdout")),
    collect(pipedStream(child, "stderr")),
  ]);
  return {
    success,
    code,
    signal,
    get stdout(): Uint8Array<ArrayBuffer> {
      return stdout ?? notPiped(child, "stdout");
    },
    get stderr(): Uint8Array<ArrayBuffer> {
      return stderr ?? notPiped(child, "stderr");
    },
  };
}
