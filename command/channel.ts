/**
 * The channel to a launcher: a request file that it reads, and a pipe that it reports to. The formats are in
 * launch/request_file.ts and engine/protocol.ts.
 */
import { EAGAIN, EINTR } from "../ffi/abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_NONBLOCK } from "../ffi/abi/fcntl.ts";
import { SIGSET_BYTES } from "../ffi/abi/signal.ts";
import { POLLIN } from "../ffi/abi/wait.ts";
import { check, cString, memory, syscall } from "../ffi/syscall.ts";
import { dataFile, writeFrom } from "../launch/run/image_file.ts";
import { NOTES, type Record, RECORD_BYTES, recordsIn } from "../engine/protocol.ts";
import { isWorker } from "./worker.ts";

/** What a launcher has reported so far. */
export interface Told {
  /** Whether it has reported anything. */
  readonly open: boolean;
  /** Whether the report is complete: the program runs, or never will. */
  readonly over: boolean;
  /** The PID of the program's process, as this process numbers it; undefined where it is the launcher's. */
  readonly pid: number | undefined;
  /** The PID of the program's process, as its own PID namespace numbers it. */
  readonly pidInside: number | undefined;
  /** The report of a failure, the first if there is more than one. */
  readonly failure: Record | undefined;
}

/** A few notes, and one failure for each process of the launch. */
const MOST_BYTES = 4 * RECORD_BYTES;

/** struct pollfd { int fd; short events, revents; } */
const POLLFD_BYTES = 8;
/** struct timespec { s64 tv_sec, tv_nsec; } */
const TIMESPEC_BYTES = 16;

/** Blocks until a descriptor is readable, or the time is over. @returns Which are readable. */
export function readable(fds: readonly number[], milliseconds: number): boolean[] {
  const polled = memory(fds.length * POLLFD_BYTES);
  const view = new DataView(polled.buffer);
  fds.forEach((fd, i) => {
    view.setInt32(POLLFD_BYTES * i, fd, true);
    view.setInt16(POLLFD_BYTES * i + 4, POLLIN, true);
  });
  const time = memory(TIMESPEC_BYTES);
  const timeView = new DataView(time.buffer);
  timeView.setBigInt64(0, BigInt(Math.trunc(milliseconds / 1000)), true);
  timeView.setBigInt64(8, BigInt(Math.trunc(milliseconds % 1000 * 1e6)), true);
  const ready = syscall("ppoll", polled, fds.length, time, 0, SIGSET_BYTES);
  if (ready !== -EINTR) check(ready, "ppoll", "launch");
  return fds.map((_, i) => ready > 0 && view.getInt16(POLLFD_BYTES * i + 6, true) !== 0);
}

let self: string | undefined;

/** The PID of this process in the PID namespace of /proc. */
function ownPid(): string {
  const target = memory(16);
  const length = syscall("readlinkat", AT_FDCWD, cString("/proc/self"), target, target.length);
  return new TextDecoder().decode(target.subarray(0, check(length, "readlinkat", "/proc/self")));
}

/**
 * The channel of a launch that is over, for the next one: to make and to close one takes ten calls. A worker
 * has none: nobody would close it when that ends.
 */
let spare: Channel | undefined;

/** One launch's request and pipe. */
export class Channel implements Disposable {
  /** Paths by which a child of this process, with the same user, can open the pipe and the request. */
  readonly paths: readonly [pipe: string, request: string];
  readonly #bytes = memory(MOST_BYTES);
  #length = 0;
  #reader: number;
  #writer: number;
  #request: number;
  #requestBytes = 0;
  #isOver = false;

  /** @throws {SyscallError} of pipe2(2) or memfd_create(2): EMFILE, ENFILE. */
  constructor(request: Uint8Array<ArrayBuffer>) {
    this.#request = dataFile();
    try {
      this.#write(request);
      const pair = memory(8);
      check(syscall("pipe2", pair, O_CLOEXEC | O_NONBLOCK), "pipe2", "O_CLOEXEC|O_NONBLOCK");
      const view = new DataView(pair.buffer);
      [this.#reader, this.#writer] = [view.getInt32(0, true), view.getInt32(4, true)];
    } catch (error) {
      this.#closeRequest();
      throw error;
    }
    self ??= ownPid();
    this.paths = [`/proc/${self}/fd/${this.#writer}`, `/proc/${self}/fd/${this.#request}`];
  }

  /** A channel for a launch whose report is read when all is over. @throws as the constructor */
  static take(request: Uint8Array<ArrayBuffer>): Channel {
    const channel = spare;
    if (!channel) return new Channel(request);
    spare = undefined;
    try {
      channel.#write(request);
    } catch (error) {
      channel[Symbol.dispose]();
      throw error;
    }
    return channel;
  }

  /** Writes a request over the one before. */
  #write(request: Uint8Array<ArrayBuffer>): void {
    const { length } = request;
    if (length < this.#requestBytes) {
      check(syscall("ftruncate", this.#request, length), "ftruncate", "request");
    }
    writeFrom(this.#request, request);
    this.#requestBytes = length;
  }

  /**
   * The report, when the launcher has ended. The channel is closed, or kept for another launch.
   *
   * @param isWhole Whether nobody writes any more. All that there is comes at once.
   */
  end(isWhole: boolean): Told {
    const got = syscall("read", this.#reader, this.#bytes, MOST_BYTES);
    this.#length = Math.max(got, 0);
    const told = this.#told();
    if (isWhole && told.open && !told.failure && !spare && !isWorker) {
      this.#length = 0;
      spare = this;
    } else this[Symbol.dispose]();
    return told;
  }

  /** Reads what is there. @returns Whether it is the end: the program runs, or the launch has failed. */
  #read(): boolean {
    while (this.#length < MOST_BYTES) {
      const room = this.#bytes.subarray(this.#length);
      const got = syscall("read", this.#reader, room, room.length);
      if (got === -EINTR) continue;
      if (got === -EAGAIN) return false;
      if (got <= 0) break;
      this.#length += got;
      this.#closeWriter();
    }
    return this.#isOver = true;
  }

  /** Closes this process's writing end. The launcher has its own by then, so its end is the end of the pipe. */
  #closeWriter(): void {
    if (this.#writer >= 0) syscall("close", this.#writer);
    this.#writer = -1;
  }

  /** The report as it is now. */
  told(): Told {
    if (this.#reader >= 0) this.#read();
    return this.#told();
  }

  #told(): Told {
    let [pid, pidInside]: (number | undefined)[] = [];
    let failure: Record | undefined;
    for (const record of recordsIn(this.#bytes.subarray(0, this.#length))) {
      const { what, number } = record;
      if (what === NOTES.pid) pid = number;
      else if (what === NOTES.pidInside) pidInside = number;
      else if (what !== NOTES.open) failure ??= record;
    }
    return { open: this.#length > 0, over: this.#isOver, pid, pidInside, failure };
  }

  /**
   * Blocks until the program runs, the launch has failed, or the time is over.
   *
   * @param pidfd The launcher's.
   * @returns Whether there is an end.
   */
  wait(pidfd: number, milliseconds: number): boolean {
    const deadline = performance.now() + milliseconds;
    while (true) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      // Check for death first: then all of the report is in the pipe.
      const [, dead] = readable([this.#reader, pidfd], left);
      if (this.#read() || dead) return true;
    }
  }

  #closeRequest(): void {
    if (this.#request >= 0) syscall("close", this.#request);
    this.#request = -1;
  }

  /** Closes all descriptors; the report is kept. */
  [Symbol.dispose](): void {
    this.#closeRequest();
    if (this.#reader >= 0) {
      this.#read();
      syscall("close", this.#reader);
    }
    this.#reader = -1;
    this.#closeWriter();
  }
}
