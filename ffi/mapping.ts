/** Memory mappings, outside of V8's heap and malloc(3)'s. */
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "./abi/mman.ts";
import { check, syscall } from "./syscall.ts";

/** Zeroed memory at a fixed address. */
export interface Mapping {
  readonly address: bigint;
  /** The memory itself. Not to be touched after {@linkcode Mapping.unmap}. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  unmap(): void;
}

/** Maps memory to read and write. @throws {SyscallError} of mmap(2): ENOMEM. */
export function map(length: number): Mapping {
  const protection = PROT_READ | PROT_WRITE;
  const at = check(
    syscall("mmap", 0, length, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
    "mmap",
    `NULL, ${length}, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0`,
  );
  const address = BigInt(at);
  const pointer = Deno.UnsafePointer.create(address)!;
  return {
    address,
    bytes: new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, length)),
    unmap: () => {
      syscall("munmap", address, length);
    },
  };
}
