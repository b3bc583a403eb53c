// As x86_64_program.s.

        .text
        .globl  _start
_start: mov     x0, #6
        adrp    x9, _edata
        add     x9, x9, :lo12:_edata
        adrp    x10, _end
        add     x10, x10, #0x1000
1:      ldrb    w11, [x9], #1
        cbnz    w11, 2f
        cmp     x9, x10
        b.lo    1b
        ldr     x0, [sp]
        add     x0, x0, #40
2:      mov     x8, #94                 // exit_group
        svc     #0

        .data
        .balign 8
        .quad   0x123456789abcdef0
        .bss
        .balign 8
        .quad   0
