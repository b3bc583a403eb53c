// A program with an image in front of it: what the file says, and what the kernel makes of it.

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  PF_R,
  PF_W,
  PF_X,
  PT_DYNAMIC,
  PT_GNU_PROPERTY,
  PT_INTERP,
  PT_LOAD,
  PT_NOTE,
  PT_PHDR,
} from "../../ffi/abi/elf.ts";
import { PROT_READ, PROT_WRITE } from "../../ffi/abi/mman.ts";
import { type Arch, machineOf } from "../../ffi/machine/machine.ts";
import type { Behind } from "../../launch/front/loader.ts";
import type { Distances } from "../../launch/starter.ts";
import { alignUp } from "../../engine/growing.ts";
import { verify } from "../../engine/verify.ts";
import { Elf, type Segment, topOf } from "../../tools/elf.ts";
import { addFront } from "../../tools/front/add.ts";
import { hasFront } from "../../launch/run/front.ts";
import { putFront } from "../../tools/front/put.ts";
import { joined } from "../../tools/front/segments.ts";
import { trialImage, trialPlan } from "./trial_front.ts";
import { ARCHS, run } from "../machine/run_image.ts";
import { requires } from "../requires.ts";

const PURE = { permissions: "none" } as const;
const ROOT = decodeURI(new URL("../..", import.meta.url).pathname);
const PATH = Deno.env.get("PATH") ?? "";
const LOADER = "/lib/loader.so";

/** p_type, p_offset, p_vaddr, p_filesz, p_memsz */
type Numbers = [number, number, number, number, number];

const SEGMENTS: readonly Numbers[] = [
  [PT_PHDR, 0x40, 0x40, 0x118, 0x118],
  [PT_INTERP, 0x200, 0x200, LOADER.length + 1, LOADER.length + 1],
  [PT_LOAD, 0, 0, 0x800, 0x800],
  [PT_LOAD, 0x1000, 0xa000, 0x200, 0x5001],
  [PT_NOTE, 0x240, 0x240, 0x20, 0x20],
  [PT_GNU_PROPERTY, 0x240, 0x240, 0x20, 0x20],
];

const TAIL = "data from the end";

/** Nothing but headers, a path, 0x1234 bytes in all, and what is behind it; e_entry is 0x2010. */
function elf(e_machine: number, segments: readonly Numbers[], tail = ""): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(0x1234 + tail.length);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.set(new TextEncoder().encode(LOADER), 0x200);
  bytes.set(new TextEncoder().encode(tail), 0x1234);
  const file = new Elf(bytes);
  file.setHeader("e_type", 3);
  file.setHeader("e_machine", e_machine);
  file.setHeader("e_entry", 0x2010);
  file.setHeader("e_phoff", 64);
  file.setHeader("e_phnum", segments.length);
  file.setHeader("e_shoff", 0x1234 - 64);
  file.setHeader("e_shentsize", 64);
  file.setHeader("e_shnum", 1);
  segments.forEach(([p_type, p_offset, p_vaddr, p_filesz, p_memsz], index) =>
    file.setSegment(index, {
      ...{ p_type, p_offset, p_vaddr, p_filesz, p_memsz },
      ...{ p_flags: p_filesz === p_memsz ? PF_R : PF_R | PF_W, p_paddr: p_vaddr, p_align: 1 },
    })
  );
  return bytes;
}

Deno.test(
  "what the kernel would map side by side is one segment, where both are alike",
  PURE,
  () => {
    const machine = machineOf("x86_64");
    const made = { p_type: PT_LOAD, p_flags: PF_R, p_paddr: 0, p_align: 4096 };
    const one = { ...made, p_offset: 0x1000, p_vaddr: 0x2000, p_filesz: 0x60, p_memsz: 0x60 };
    const next = { ...made, p_offset: 0x2010, p_vaddr: 0x3010, p_filesz: 0x700, p_memsz: 0x700 };
    assertEquals(joined([one, next], machine), [{ ...one, p_filesz: 0x1710, p_memsz: 0x1710 }]);
    for (
      const other of [
        { ...next, p_flags: PF_R | PF_W },
        { ...next, p_offset: 0x3010 },
        { ...next, p_offset: 0x3010, p_vaddr: 0x4010 },
        { ...next, p_memsz: 0x800 },
        { ...next, p_type: PT_NOTE },
      ]
    ) {
      assertEquals(joined([one, other], machine), [one, other]);
    }
  },
);

for (const arch of ["x86_64", "aarch64"] as const) {
  const machine = machineOf(arch);
  const program = (tail?: string) => elf(machine.elf, SEGMENTS, tail);
  const behindOf = (bytes: Uint8Array): Behind => {
    let found: Behind | undefined;
    putFront(bytes, (behind, arch) => trialImage(found = behind, arch));
    return found!;
  };

  Deno.test(
    `a front's segments are above the program's, and map the image, for ${arch}`,
    PURE,
    () => {
      const before = new Elf(program());
      const after = new Elf(putFront(program(), trialImage));
      const image = new Elf(trialImage(behindOf(program()), arch));
      const { pageBytes } = machine;
      const added = after.segments.slice(SEGMENTS.length - 2, -1);
      // Behind its variables are headers, which nobody may write to either.
      const loads = image.segments.filter(({ p_type, p_flags }) =>
        p_type === PT_LOAD && p_flags > 0
      );
      assertEquals(added.length, loads.length);
      added.forEach((segment, i) => {
        const { p_offset, p_vaddr, p_filesz } = segment;
        assertEquals(p_vaddr % pageBytes, p_offset % pageBytes);
        assertEquals(p_vaddr - added[0]!.p_vaddr, loads[i]!.p_vaddr);
        const [start, size] = [loads[i]!.p_offset, loads[i]!.p_filesz];
        assertEquals(
          after.bytes.slice(p_offset, p_offset + size),
          image.bytes.slice(start, start + size),
        );
        // The kernel would zero the rest of a page, and hold it.
        const rest = after.bytes.slice(p_offset + size, p_offset + p_filesz);
        assert(rest.every((byte) => byte === 0));
        if (segment.p_memsz > p_filesz) assertEquals((p_vaddr + p_filesz) % pageBytes, 0);
      });
      assert(added[0]!.p_vaddr >= topOf(before.segments));
      assertEquals(after.header("e_entry"), added[0]!.p_vaddr + image.header("e_entry"));
      const addresses = after.segments.filter(({ p_type }) => p_type === PT_LOAD)
        .map(({ p_vaddr }) => p_vaddr);
      assertEquals(addresses, addresses.toSorted((a, b) => a - b));
    },
  );

  Deno.test(
    `the kernel's headers have neither loader nor properties, and are mapped, for ${arch}`,
    PURE,
    () => {
      const after = new Elf(putFront(program(), trialImage));
      const [table] = after.segments;
      assertEquals(after.segments.map(({ p_type }) => p_type).slice(0, SEGMENTS.length - 2), [
        PT_PHDR,
        PT_LOAD,
        PT_LOAD,
        PT_NOTE,
      ]);
      assertEquals(table!.p_offset, after.header("e_phoff"));
      const { p_type: _, p_align: __, ...place } = table!;
      const { p_type, p_align: ___, ...mapped } = after.segments.at(-1)!;
      assertEquals([p_type, mapped], [PT_LOAD, place]);
      assertEquals(after.segments.some(({ p_type }) => p_type === PT_INTERP), false);
    },
  );

  Deno.test(`the kernel has nothing to zero in a page of the program, for ${arch}`, PURE, () => {
    const [, , whole] = new Elf(putFront(program(), trialImage)).segments;
    assertEquals([whole!.p_vaddr, whole!.p_filesz, whole!.p_memsz], [0xa000, 0x1000, 0x5001]);
    const segments = SEGMENTS.with(3, [PT_LOAD, 0x1000, 0xa000, 0x200, 0x201]);
    const [, , small] = new Elf(putFront(elf(machine.elf, segments), trialImage)).segments;
    assertEquals([small!.p_filesz, small!.p_memsz], [0x1000, 0x1000]);
  });

  Deno.test(
    `what a program has stays where it is, and its data at the end, for ${arch}`,
    PURE,
    () => {
      const before = program(TAIL);
      const after = putFront(before, trialImage);
      assertEquals(after.slice(EHDR_BYTES, 0x1234), before.slice(EHDR_BYTES, 0x1234));
      assertEquals(new TextDecoder().decode(after.slice(-TAIL.length)), TAIL);
    },
  );

  Deno.test(`an image is told how far its program is, for ${arch}`, PURE, () => {
    const { fileBytes, image, ...behind } = behindOf(program(TAIL));
    const after = new Elf(putFront(program(TAIL), trialImage));
    const constants = after.header("e_entry") - 0x200 + machine.constantsOffset;
    assertEquals(behind, {
      loader: LOADER,
      entry: 0x2010 - constants,
      headers: 0x40 - constants,
      headersCount: SEGMENTS.length,
      mapped: [[0, 0x1000], [0xa000, 0x10000]].map(([start, end]) => ({
        start: start! - constants,
        end: end! - constants,
      })),
      parts: [],
      zeros: [{ start: 0xa200 - constants, end: 0xb000 - constants }],
    });
    assertEquals([fileBytes, behindOf(program()).fileBytes], [after.bytes.length, undefined]);
    const bytes = trialImage({ ...behind, fileBytes, image }, arch);
    assertEquals(after.bytes.slice(image.offset, image.offset + image.bytes), bytes);
  });

  Deno.test(
    `an image is told how to be in memory again, but for its code, for ${arch}`,
    PURE,
    () => {
      const { image: { memory } } = behindOf(program());
      const after = putFront(program(), trialImage);
      const own = new Elf(trialImage(behindOf(program()), arch));
      const [, constants, variables] = own.segments;
      const { pages, values } = memory;
      assertEquals(pages.offset % machine.pageBytes, 0);
      const inFile = ({ p_offset, p_filesz }: Segment) =>
        own.bytes.slice(p_offset, p_offset + p_filesz);
      const mapped = after.slice(pages.offset, pages.offset + pages.bytes);
      assertEquals(mapped.slice(memory.constants), inFile(constants!));
      assertEquals(after.slice(values.offset, values.offset + values.bytes), inFile(variables!));
      assertEquals(memory.variables - memory.constants, variables!.p_vaddr - constants!.p_vaddr);
      assertEquals(memory.end - memory.variables, variables!.p_memsz);
      assert(alignUp(pages.bytes, machine.pageBytes) <= memory.variables);
    },
  );
}

const EHDR_BYTES = 64;
const EM_X86_64 = 62;

/** The second segment is a page from its offset, and the third far from it. */
const NEAR: readonly Numbers[] = [
  ...SEGMENTS.with(3, [PT_LOAD, 0x1000, 0x2000, 0x100, 0x5001]),
  [PT_DYNAMIC, 0x1010, 0x2010, 0x20, 0x20],
  [PT_LOAD, 0x1100, 0xa100, 0x20, 0x20],
];

Deno.test(
  "what is near its offset in the file is one segment for the kernel, and one for zeros",
  PURE,
  () => {
    const before = elf(EM_X86_64, NEAR, TAIL);
    let found: Behind | undefined;
    const after = new Elf(putFront(before, (behind, arch) => trialImage(found = behind, arch)));
    const [, whole, zeros, note, far] = after.segments;
    assertEquals(after.segments.map(({ p_type }) => p_type).slice(0, 5), [
      PT_PHDR,
      PT_LOAD,
      PT_LOAD,
      PT_NOTE,
      PT_LOAD,
    ]);
    const numbers = ({ p_flags, p_offset, p_vaddr, p_filesz, p_memsz }: Segment) => [
      ...[p_flags, p_offset, p_vaddr, p_filesz, p_memsz],
    ];
    assertEquals(numbers(whole!), [PF_R | PF_X, 0, 0, 0x3000, 0x3000]);
    assertEquals(numbers(zeros!), [PF_R | PF_W, 0x3000, 0x3000, 0, 0x4001]);
    assertEquals(note!.p_offset, 0x240);
    assertEquals([far!.p_offset, far!.p_vaddr], [0x2100, 0xa100]);
    assertEquals(after.bytes.slice(0x2000, 0x2100), before.slice(0x1000, 0x1100));
    assertEquals(after.bytes.slice(0x2100, 0x2120), before.slice(0x1100, 0x1120));
    assertEquals(new TextDecoder().decode(after.bytes.slice(-TAIL.length)), TAIL);
    // What its loader reads says where all is now.
    after.setHeader("e_phoff", 0x40);
    after.setHeader("e_phnum", NEAR.length);
    const own = after.segments.map(({ p_type, p_offset, p_vaddr, p_filesz, p_memsz }) =>
      [p_type, p_offset, p_vaddr, p_filesz, p_memsz] as Numbers
    );
    assertEquals(
      own,
      NEAR.map(([type, offset, ...rest]): Numbers => [
        type,
        offset < 0x1000 ? offset : offset + 0x1000,
        ...rest,
      ]),
    );
    const { entry, parts, mapped } = found!;
    const constants = 0x2010 - entry;
    const pages = ({ start, end }: Distances) => [start + constants, end + constants];
    assertEquals(parts.map((part) => [part.protection, ...pages(part)]), [
      [PROT_READ, 0, 0x1000],
      [PROT_READ | PROT_WRITE, 0x2000, 0x3000],
    ]);
    assertEquals(mapped.map(pages), [[0, 0x8000], [0xa000, 0xb000]]);
  },
);

Deno.test("where pages may be larger than 4 KiB, segments stay apart", PURE, () => {
  // As Debian's dash has them for aarch64: in the file as in memory, and no end is that of a page.
  const alike = SEGMENTS.with(3, [PT_LOAD, 0x1060, 0x1060, 0x100, 0x4360]);
  const program = elf(machineOf("aarch64").elf, alike);
  let found: Behind | undefined;
  const after = new Elf(putFront(program, (behind, arch) => trialImage(found = behind, arch)));
  const loads = after.segments.filter(({ p_type }) => p_type === PT_LOAD);
  assertEquals(loads.slice(0, 2).map(({ p_vaddr }) => p_vaddr), [0, 0x1060]);
  assertEquals(found!.parts, []);
});

Deno.test("where linkers leave out much, the file does not become larger by it", PURE, () => {
  const before = elf(machineOf("aarch64").elf, NEAR);
  const loads = (bytes: Uint8Array) =>
    new Elf(bytes).segments.filter(({ p_type }) => p_type === PT_LOAD);
  assertEquals(
    loads(putFront(before, trialImage)).slice(0, 2).map(({ p_vaddr, p_flags }) => [
      p_vaddr,
      p_flags,
    ]),
    loads(before).slice(0, 2).map(({ p_vaddr, p_flags }) => [p_vaddr, p_flags]),
  );
});

Deno.test("a front is put before no program that has none of a loader's", PURE, () => {
  const put = (bytes: Uint8Array) => () => putFront(bytes, trialImage);
  const without = (type: number) => elf(EM_X86_64, SEGMENTS.filter(([p_type]) => p_type !== type));
  assertThrows(put(without(PT_INTERP)), Error, "no dynamic program");
  assertThrows(put(without(PT_PHDR)), Error, "no dynamic program");
  assertThrows(put(elf(243, SEGMENTS)), Error, "243");
  assertThrows(put(new TextEncoder().encode("#!/bin/sh\n")), Error, "no ELF file");
  const fixed = elf(EM_X86_64, SEGMENTS);
  new Elf(fixed).setHeader("e_type", 2);
  assertThrows(put(fixed), Error, "no dynamic program");
  const moved = elf(EM_X86_64, SEGMENTS);
  new Elf(moved).setHeader("e_phoff", 120);
  assertThrows(put(moved), Error);
});

Deno.test("the trial's plan is well-formed", PURE, () => {
  const image = {
    offset: 0x3000,
    bytes: 4,
    memory: {
      ...{ pages: { offset: 0, bytes: 4096 }, constants: 0 },
      ...{ variables: 4096, values: { offset: 4096, bytes: 8 }, end: 8192, pageBytes: 4096 },
    },
  };
  for (const fileBytes of [4, undefined]) {
    const mapped = [{ start: 0, end: 4096 }, { start: 8192, end: 12288 }];
    const zeros = [{ start: 8, end: 16 }];
    const behind = { loader: LOADER, entry: 1, headers: 2, headersCount: 3, mapped, zeros };
    const parts = mapped.map((pages) => ({ ...pages, protection: PROT_READ }));
    verify(trialPlan({ ...behind, parts, fileBytes, image }));
  }
});

Deno.test("a program that takes no front stays as it is, and one line says why", async () => {
  const path = Deno.makeTempFileSync({ prefix: "nido-front-" });
  try {
    const text = new TextEncoder().encode("#!/bin/sh\n");
    Deno.writeFileSync(path, text);
    assertEquals(
      await addFront(path, trialImage, () => Promise.resolve(true)),
      "launches will wait for Deno: the runtime takes no front, " +
        "it is no ELF file of 64 bits, little endian",
    );
    assertEquals(Deno.readFileSync(path), text);
    const program = elf(EM_X86_64, SEGMENTS);
    Deno.writeFileSync(path, program);
    assertEquals(
      await addFront(path, trialImage, () => Promise.resolve(false)),
      "launches will wait for Deno: the runtime takes no front, it does not start behind one",
    );
    assertEquals(Deno.readFileSync(path), program);
    assertEquals(await addFront(path, trialImage, () => Promise.resolve(true)), undefined);
    assert(hasFront(path));
  } finally {
    Deno.removeSync(path);
  }
});

/** Puts a front before a program, and uses that. */
async function withFront(program: string, use: (path: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "nido-front-" });
  try {
    const path = `${folder}/program`;
    Deno.writeFileSync(path, putFront(Deno.readFileSync(program), trialImage));
    assert(hasFront(path));
    Deno.chmodSync(path, 0o755);
    await use(path);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("a front makes what it knows, and leaves the rest to the program behind", async () => {
  await withFront("/bin/sh", async (path) => {
    const trial = await run(path, { args: ["--front-trial"] });
    assertEquals([trial.code, new TextDecoder().decode(trial.stdout)], [0, "front\n"]);
    const script = 'trap "echo end" EXIT; echo "$0|$1|$A"; exit 7';
    const shell = await run(path, { args: ["-c", script, "name", "b c"], env: { A: "\u00e4" } });
    assertEquals(
      [shell.code, new TextDecoder().decode(shell.stdout), shell.stderr],
      [7, "name|b c|\u00e4\nend\n", ""],
    );
  });
});

Deno.test("a front leaves no descriptor and no limit behind", async () => {
  await withFront("/bin/sh", async (path) => {
    const script = "ulimit -a; umask; ls /proc/$$/fd; tr '\\0' ' ' </proc/$$/cmdline";
    // One shell starts both, so that they are given the same.
    const { stdout } = await run("/bin/sh", {
      args: ["-c", `for program; do $program -c "$SCRIPT"; echo =; done`, "sh", path, "/bin/sh"],
      env: { PATH, SCRIPT: script },
    });
    const [behind, alone] = new TextDecoder().decode(stdout).split("=\n");
    assertEquals(behind, alone!.replace("/bin/sh", path));
  });
});

// Whatever version it is: the one that runs the tests is a program as any other.
Deno.test("a front leaves the process to this Deno", async () => {
  await withFront(Deno.execPath(), async (path) => {
    const { code, stdout, stderr } = await run(path, {
      args: ["eval", "--no-config", "console.log(new Error('x').stack.length > 0, 6 * 7)"],
      env: { HOME: "/nonexistent", NO_COLOR: "1" },
    });
    assertEquals([code, new TextDecoder().decode(stdout), stderr], [0, "true 42\n", ""]);
  });
});

/** Assembles and links a program of testdata. */
async function link(arch: Arch, name: string, output: string, ...options: string[]): Promise<void> {
  const object = `${output}.o`;
  const source = `${ROOT}tests/testdata/front/${arch}_${name}.s`;
  for (
    const [tool, ...args] of [
      ["as", "-o", object, source],
      ["ld", "-pie", "-z", "max-page-size=0x10000", ...options, "-o", output, object],
    ] as const
  ) {
    const { code, stderr } = await run(`${arch}-linux-gnu-${tool}`, { args, env: { PATH } });
    assertEquals([code, stderr], [0, ""]);
  }
}

for (const arch of ARCHS) {
  const emulator = arch === Deno.build.arch ? [] : [`qemu-${arch}-static`];
  const programs = [`${arch}-linux-gnu-as`, `${arch}-linux-gnu-ld`, ...emulator];
  Deno.test(
    `${arch}: a loader is mapped as the kernel maps it, and finds the program`,
    requires({ programs }),
    async () => {
      const folder = Deno.makeTempDirSync({ prefix: "nido-front-" });
      try {
        const [loader, program] = [`${folder}/loader`, `${folder}/program`];
        await link(arch, "loader", loader, "--no-dynamic-linker");
        await link(arch, "program", program, `--dynamic-linker=${loader}`);
        await withFront(program, async (path) => {
          const [command, ...args] = [...emulator, path, "a", "b"];
          const start = () => run(command!, { args, env: { PATH } });
          assertEquals((await start()).code, 43, "40 and argc, or the check that failed");
          Deno.writeTextFileSync(loader, "no loader");
          const broken = await start();
          assertMatch(broken.stderr, /^nido: cannot start Deno: .*loader is no dynamic loader/);
          assertEquals([broken.code, broken.stderr.match(/\n/g)?.length], [1, 1]);
          Deno.removeSync(loader);
          const { code, stderr } = await start();
          assertEquals(
            [code, stderr],
            [1, `nido: cannot start Deno: there is no ${loader}, which is part of glibc\n`],
          );
        });
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  );
}
