// The entry of a compiled nido, for aarch64. GNU as.
//
// The same program as x86_64.s, which says why it is. aarch64.ts holds these bytes, and
// `deno task assemble` fails where the two differ.
//
// The dynamic loader, or the kernel, jumps here with sp at argc, argv, 0, envp, 0 (AAPCS64). x0, a
// function for atexit(3), is the only other register to be kept.

        .text
start:  hint    #38                     // bti jc: the loader jumps here, where pages are guarded
        mov     x9, sp
        ldr     x10, [x9], #8
        cbz     x10, leave              // argc is 0 before Linux 5.18 for execve(path, NULL, …)
argument:
        ldr     x10, [x9], #8           // argv[0] too: Deno panics there as well
        cbz     x10, leave
byte:   ldrb    w11, [x10], #1
        cbz     w11, argument
        tbz     w11, #7, byte
        adr     x10, placeholder
        str     x10, [x9, #-8]
        b       argument

leave:  adr     x10, start
        ldr     x16, original
        add     x16, x16, x10
        br      x16                     // by x16: a guarded "bti c" accepts no other jump

placeholder:
        .asciz  "(nido: not ASCII)"     // cli/command_line.ts knows it
        .balign 8, 0
original:
        .quad   0                       // patch.ts: from start to the runtime's own entry
