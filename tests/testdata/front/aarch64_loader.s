// As x86_64_loader.s.

        .text
        .globl  _start
_start: mov     x9, x0                  // 1: no function for atexit(3)
        mov     x0, #1
        cbnz    x9, bad
        add     x0, x0, #1              // 2: its data
        adrp    x9, value
        ldr     x9, [x9, :lo12:value]
        ldr     x10, expected
        cmp     x9, x10
        b.ne    bad
        add     x0, x0, #1              // 3: zeros behind its data, up to the end of a page
        adrp    x9, _edata
        add     x9, x9, :lo12:_edata
        adrp    x10, _end
        add     x10, x10, #0x1000
1:      ldrb    w11, [x9], #1
        cbnz    w11, bad
        cmp     x9, x10
        b.lo    1b
        adrp    x9, last                // may be written to
        str     x0, [x9, :lo12:last]
        ldr     x9, [sp]                // the auxiliary vector
        add     x10, sp, #16
        add     x10, x10, x9, lsl #3
2:      ldr     x9, [x10], #8
        cbnz    x9, 2b
3:      ldp     x9, x11, [x10], #16
        cmp     x9, #3                  // AT_PHDR
        csel    x12, x11, x12, eq
        cmp     x9, #5                  // AT_PHNUM
        csel    x13, x11, x13, eq
        cmp     x9, #7                  // AT_BASE
        csel    x14, x11, x14, eq
        cmp     x9, #9                  // AT_ENTRY
        csel    x16, x11, x16, eq
        cbnz    x9, 3b
        add     x0, x0, #1              // 4: AT_BASE
        adrp    x9, __ehdr_start
        add     x9, x9, :lo12:__ehdr_start
        cmp     x9, x14
        b.ne    bad
        add     x0, x0, #1              // 5: the program's headers, with PT_INTERP
4:      ldr     w9, [x12], #56
        cmp     w9, #3
        b.eq    5f
        subs    x13, x13, #1
        b.ne    4b
        b       bad
5:      br      x16

bad:    mov     x8, #94                 // exit_group
        svc     #0

        .balign 8
expected:
        .quad   0x123456789abcdef0

        .data
        .balign 8
value:  .quad   0x123456789abcdef0
        .bss
        .space  0x5000
        .balign 8
last:   .space  8
